"""Reads YAML that says no more than JSON can."""

import math
from typing import Any

import yaml

from aem.errors import UsageError

_PREFIX = "tag:yaml.org,2002:"
_TAGS = {f"{_PREFIX}{name}" for name in ("null", "bool", "int", "float", "str", "seq")}


class _Loader(yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader):  # type: ignore[misc]
    """A key that occurs twice is an error, a date stays text, and other tags are unknown."""


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, str) or key in found:
            raise _wrong(f"the key {key!r} occurs twice or is no text", key_node)
        found[key] = loader.construct_object(value_node, deep=True)
    return found


def _float(loader: Any, node: yaml.ScalarNode) -> float:
    found = float(loader.construct_yaml_float(node))
    if not math.isfinite(found):
        raise _wrong(f"{node.value} is not a number of JSON", node)
    return found


def _wrong(problem: str, node: yaml.Node) -> yaml.YAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


_Loader.yaml_implicit_resolvers = {
    first: [pair for pair in pairs if pair[0] != f"{_PREFIX}timestamp"]
    for first, pairs in _Loader.yaml_implicit_resolvers.items()
}
_Loader.yaml_constructors = {
    tag: made for tag, made in _Loader.yaml_constructors.items() if tag is None or tag in _TAGS
}
_Loader.add_constructor(f"{_PREFIX}map", _mapping)
_Loader.add_constructor(f"{_PREFIX}float", _float)


def parse(text: str, source: str) -> Any:
    """Return a YAML document; the values are those that JSON has.

    Raises:
        UsageError: It is no YAML, a key occurs twice, or a value has no form in JSON.
    """
    try:
        return yaml.load(text, _Loader)  # noqa: S506 - a safe loader
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"{source}, line {mark.line + 1}" if mark else source
        problem = getattr(error, "problem", None) or type(error).__name__
        raise UsageError(f"{place}: not YAML: {problem}") from None
