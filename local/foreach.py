"""Expands Fn::ForEach as the transform AWS::LanguageExtensions does.

Of that transform, the local system knows loops over lists that the template
spells out. The loop's identifier is replaced in the names of the fragment, in
Fn::Sub and in Ref; as on AWS, other strings stay as they are.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from local.settings import LocalError

TRANSFORM: Final = "AWS::LanguageExtensions"
LOOP: Final = "Fn::ForEach::"
_SECTIONS: Final = ("Conditions", "Resources", "Outputs")


def expand(template: Mapping[str, Any]) -> dict[str, Any]:
    """Return the template without loops, if it names the transform, and without the transform.

    Raises:
        LocalError: A loop is malformed or goes over something other than a list.
    """
    declared = template.get("Transform", [])
    transforms = [declared] if isinstance(declared, str) else list(declared)
    if TRANSFORM not in transforms:
        return dict(template)
    sections = {name: _members(template[name]) for name in _SECTIONS if name in template}
    transforms.remove(TRANSFORM)
    return {**template, **sections, "Transform": transforms}


def _members(section: Mapping[str, Any]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, member in section.items():
        members.update(_iterations(name, member) if name.startswith(LOOP) else {name: member})
    return members


def _iterations(loop: str, operands: Any) -> Iterator[tuple[str, Any]]:
    try:
        identifier, collection, fragment = operands
        body = _members(fragment)
    except (AttributeError, TypeError, ValueError):
        message = f"{loop} must have an identifier, a list and a fragment"
        raise LocalError(message) from None
    if not isinstance(collection, list):
        message = f"{loop}: the local system knows loops over lists only"
        raise LocalError(message)
    for item in map(str, collection):
        for name, member in body.items():
            name_of_item = name.replace(f"${{{identifier}}}", item)
            yield name_of_item, _substituted(member, identifier, item)


def _substituted(value: Any, identifier: str, item: str) -> Any:
    if isinstance(value, list):
        return [_substituted(member, identifier, item) for member in value]
    if not isinstance(value, dict):
        return value
    if value == {"Ref": identifier}:
        return item
    text = value.get("Fn::Sub") if len(value) == 1 else None
    if isinstance(text, str):
        replaced = text.replace(f"${{{identifier}}}", item)
        return {"Fn::Sub": replaced} if "${" in replaced else replaced
    return {name: _substituted(member, identifier, item) for name, member in value.items()}
