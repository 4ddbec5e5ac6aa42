"""The state of a whole account, as a file: YAML or JSON lines."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aem import forms, inputs, strategies, yaml_reader
from aem.errors import UsageError
from aem.strategies import Strategy

KINDS = {
    "applications": ("applicationId", "applicationName"),
    "entities": ("entityId", "entityName"),
    "associations": ("resourceType", "channel", "applicationId", "entityId", "resourceId"),
}
"""Sections of the file, with the members of their elements."""
SECTIONS = (*KINDS, strategies.SECTION)
"""All sections that are lists, in the order of the file."""
_FORMAT = "aem/1"
_NO_LIST = "expected a list; [] is an empty one, whose elements are all removed from the account"
OPTIONAL = {"applicationName", "entityName"}
_STRATEGY = {
    "properties": {
        "platform": {
            "type": ["object", "null"],
            "properties": {
                "applicationId": {"type": ["string", "null"]},
                "entityId": {"type": ["string", "null"]},
            },
        },
        "channel": {"type": ["string", "null"]},
        "destinationCountryCode": {"type": ["string", "null"]},
        "useStickySender": {"type": "boolean"},
        "useGeolocatedSender": {"type": "boolean"},
        "priorities": {"type": "array"},
        "weights": {"type": "array"},
        "fallback": {"type": ["string", "null"]},
    }
}
_SETTINGS = {"properties": {"onLinked": {"type": ["string", "null"]}}}
Link = tuple[str, str, str, str | None, str]
"""An association: its five members, in the order of ``KINDS``."""


@dataclass
class State:
    """An account.

    Attributes:
        names: By section (``applications``, ``entities``), the name of each id; None if the file
            does not have the section.
        links: The associations; None if the file does not have them.
        strategies: The sending strategies by their subject; None if the file does not have them.
        settings: The account's settings; None if the file does not have them.
    """

    names: dict[str, dict[str, str | None] | None] = field(default_factory=dict)
    links: set[Link] | None = None
    strategies: dict[str, Strategy] | None = None
    settings: dict[str, Any] | None = None


def lines(
    records: Iterable[tuple[str, Mapping[str, Any]]], form: str, sections: Sequence[str] = SECTIONS
) -> Iterator[str]:
    """Yield the lines of a file of records, as they come.

    Args:
        records: Pairs of a section and an element, ordered by section.
        form: ``yaml`` or ``jsonl``.
        sections: The sections that the file has, also those without elements.
    """
    count, open_sections = 0, list(sections)
    if form == "yaml":
        yield f"format: {_FORMAT}\n"
    for name, element in records:
        count += 1
        if form == "jsonl":
            yield json.dumps({"section": name, **element}, ensure_ascii=False) + "\n"
            continue
        while open_sections and (name == "settings" or name in open_sections):
            section = open_sections.pop(0)
            yield f"{section}:\n" if section == name else f"{section}: []\n"
        yield f"settings: {_flow(element)}\n" if name == "settings" else f"- {_flow(element)}\n"
    if form == "yaml":
        yield from (f"{section}: []\n" for section in open_sections)
    # An export that was cut off lacks the end, and is refused.
    end = {"section": "end", "count": count, "sections": list(sections)}
    yield json.dumps(end) + "\n" if form == "jsonl" else "end: true\n"


def _flow(element: Mapping[str, Any]) -> str:
    """Return an element as YAML on one line; characters that YAML does not take are escaped."""
    text = json.dumps(element, ensure_ascii=False)
    return "".join(each if each.isprintable() else _escaped(each) for each in text)


def _escaped(each: str) -> str:
    return f"\\u{ord(each):04x}" if ord(each) <= 0xFFFF else f"\\U{ord(each):08x}"  # noqa: PLR2004


def read(source: str) -> State:
    """Return the state that a file describes.

    Raises:
        UsageError: It is neither YAML nor JSON lines, is cut off, or an element is wrong.
    """
    text = forms.read_text(source)
    jsonl = text.lstrip().startswith("{")
    document = _from_lines(source, text) if jsonl else _from_yaml(source, text)
    end, form = document.pop("end", None), document.pop("format", None)
    if form not in (None, _FORMAT):
        raise UsageError(f"{source}: unknown format {form!r}; expected {_FORMAT}")
    if form is not None and end is not True:
        raise UsageError(f"{source}: is cut off: an export ends with end: true")
    known = [*SECTIONS, "settings"]
    for name in document:
        if name not in known:
            raise UsageError(f"{source}: unknown section {name!r}; expected {', '.join(known)}")
    if jsonl:
        count = sum(len(document.get(name, ())) for name in SECTIONS) + ("settings" in document)
        if end != count:
            expected = "more" if end is None else end
            raise UsageError(f"{source}: is cut off: found {count} elements, expected {expected}")
    return _state(source, document)


def _from_lines(source: str, text: str) -> dict[str, Any]:
    document: dict[str, Any] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        place = f"{source}, line {number}"
        element = forms.parse_json(line, place)
        if not isinstance(element, dict) or not isinstance(element.get("section"), str):
            raise UsageError(f"{place}: expected an object with a section")
        section = element.pop("section")
        if "end" in document:
            raise UsageError(f"{place}: follows the end")
        if section == "end":
            document["end"] = element.get("count")
            for name in _named(element, place):  # a section without elements is empty
                document.setdefault(name, [])
        elif section == "settings":
            document["settings"] = element
        else:
            document.setdefault(section, []).append(element)
    return document


def _named(end: Mapping[str, Any], place: str) -> Sequence[str]:
    """Return the sections that an export in JSON lines has."""
    named = end.get("sections", KINDS)
    if not isinstance(named, list | dict) or any(name not in SECTIONS for name in named):
        raise UsageError(f"{place}: sections: expected some of {', '.join(SECTIONS)}")
    return list(named)


def _from_yaml(source: str, text: str) -> dict[str, Any]:
    document = yaml_reader.parse(text, source)
    if not isinstance(document, dict) or not document.keys() - {"format", "end"}:
        raise UsageError(f"{source}: expected sections: {', '.join(SECTIONS)}, settings")
    return document


def _state(source: str, document: Mapping[str, Any]) -> State:
    state = State()
    for section, members in KINDS.items():
        if section not in document:
            continue
        rows = list(_checked(source, section, members, document[section]))
        if section == "associations":
            state.links = {_link(row) for row in rows}
            size = len(state.links)
        else:
            identifier, name = members
            names = {row[identifier]: row.get(name) for row in rows}
            state.names[section] = names
            size = len(names)
        if size != len(rows):
            raise UsageError(f"{source}, {section}: an element occurs twice")
    if strategies.SECTION in document:
        state.strategies = _strategies(source, document[strategies.SECTION])
    if "settings" in document:
        if not isinstance(document["settings"], dict):
            raise UsageError(f"{source}, settings: expected members")
        # The API ignores members that it does not know: a plan would never come to an end.
        inputs.check_members(document["settings"], _SETTINGS, f"{source}, settings")
        state.settings = document["settings"]
    return state


def _strategies(source: str, rows: Any) -> dict[str, Strategy]:
    section = f"{source}, {strategies.SECTION}"
    if not isinstance(rows, list):
        raise UsageError(f"{section}: {_NO_LIST}")
    found: dict[str, Strategy] = {}
    for number, row in enumerate(rows, 1):
        place = f"{section}, element {number}"
        inputs.check_element(row, _STRATEGY, place)
        subject = strategies.subject(row)
        if subject in found:
            raise UsageError(f"{place}: a second strategy for {subject}")
        found[subject] = strategies.plain(row)
    return found


def _checked(source: str, section: str, members: Iterable[str], rows: Any) -> Iterator[Any]:
    if not isinstance(rows, list):
        raise UsageError(f"{source}, {section}: {_NO_LIST}")
    schema = {
        "properties": {name: {"type": ["string", "null"]} for name in members},
        "required": [
            name
            for name in members
            if name not in {*OPTIONAL, "entityId"} or (section == "entities" and name == "entityId")
        ],
    }
    for number, row in enumerate(rows, 1):
        inputs.check_element(row, schema, f"{source}, {section}, element {number}")
        yield row


def _link(row: Mapping[str, Any]) -> Link:
    return (
        row["resourceType"],
        row["channel"],
        row["applicationId"],
        row.get("entityId"),
        row["resourceId"],
    )


link_of = _link


def association(link: Link) -> dict[str, Any]:
    """Return an association as the API has it."""
    found = dict(zip(KINDS["associations"], link, strict=True))
    return {name: value for name, value in found.items() if value is not None}
