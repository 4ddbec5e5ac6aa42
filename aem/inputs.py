"""Reads the elements of bulk requests, and checks them before they are sent."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from aem import forms
from aem.errors import UsageError

Schema = Mapping[str, Any]
_WORDS = {
    "array": "an array",
    "boolean": "a boolean",
    "integer": "a number",
    "number": "a number",
    "object": "an object",
    "string": "a string",
}
"""JSON types in words."""
_EXCEL = re.compile(r"[0-9](?:[.,][0-9]+)?E\+[0-9]{2,}", re.IGNORECASE)
"""How Excel writes a number of more than eleven digits."""


def read_objects(source: str, element: Schema, constants: Mapping[str, str]) -> list[Any]:
    """Return the objects of a bulk request from a file.

    Args:
        source: The file; ``-`` for standard input.
        element: The schema of an element.
        constants: Members that every element gets (``--set``).

    Raises:
        UsageError: A value is wrong; the message has file, line, and what was found and expected.
    """
    text = forms.read_text(source)
    numbered = list(_objects(source, text, forms.suffix_of(source), element, constants))
    for place, value in numbered:
        check_element(value, element, f"{source}, {place}")
    return [value for _, value in numbered]


def _objects(
    source: str, text: str, suffix: str, element: Schema, constants: Mapping[str, str]
) -> Iterator[tuple[str, Any]]:
    if suffix not in {"csv", "json", "jsonl", "ndjson"}:
        suffix = {"[": "json", "{": "jsonl"}.get(text.lstrip()[:1], "csv")
    if suffix == "csv":
        yield from _csv(source, text, element, constants)
        return
    found = forms.elements(source, text) if suffix == "json" else forms.json_lines(source, text)
    for place, value in found:
        if isinstance(value, dict) and constants:
            for name in constants.keys() & value.keys():
                raise UsageError(f"{source}, {place}: has {name}, which --set gives too")
        yield place, {**value, **constants} if isinstance(value, dict) else value


def _csv(
    source: str, text: str, element: Schema, constants: Mapping[str, str]
) -> Iterator[tuple[str, Any]]:
    first = text.split("\n", 1)[0]
    separator = max(forms.SEPARATORS, key=first.count)
    numbered = forms.rows(source, text, separator)
    line, header = next(numbered, (1, []))
    _check_header(f"{source}, line {line}", header, element, constants)
    for line, row in numbered:
        if not any(row):
            continue
        if len(row) != len(header):
            raise UsageError(
                f"{source}, line {line}: expected {len(header)} columns, found {len(row)}:"
                f" {forms.short(separator.join(row))}; put a value that contains a"
                f" {forms.SEPARATORS[separator]} in double quotes"
            )
        given = {name: value for name, value in zip(header, row, strict=True) if value}
        _check_ids(f"{source}, line {line}", given)
        yield f"line {line}", {**given, **constants}


def _check_ids(place: str, given: Mapping[str, str]) -> None:
    for name, value in given.items():
        if name.endswith("Id"):
            check_id(value, f"{place}: {name}")


def check_id(value: str, place: str) -> None:
    """Check an id of a CSV file.

    Raises:
        UsageError: It is blank, or Excel has shortened it.
    """
    if not value.strip():
        raise UsageError(f"{place}: an id must not be blank")
    if _EXCEL.fullmatch(value.strip()):
        raise UsageError(
            f"{place}: found {forms.short(value)}, a number that Excel has shortened;"
            " give the column the format Text, enter the numbers again, and save the file again"
        )


def _check_header(
    place: str, header: Sequence[str], element: Schema, constants: Mapping[str, str]
) -> None:
    names = list(element["properties"])
    if not header:
        raise UsageError(f"{place}: the file is empty; expected a header of {', '.join(names)}")
    for column, name in enumerate(header, 1):
        at = f"{place}, column {column}"
        if name not in names:
            raise UsageError(f"{at}: {_unknown('column', name, names)}")
        if name in header[: column - 1]:
            raise UsageError(f"{at}: the column {name} occurs twice")
        if name in constants:
            raise UsageError(f"{at}: {name} is in the file and in --set")
    missing = [name for name in element.get("required", ()) if name not in {*header, *constants}]
    if missing:
        raise UsageError(f"{place}: the column {missing[0]} is missing; found {', '.join(header)}")


def check_element(value: Any, element: Schema, place: str) -> None:
    """Check an element of a bulk request.

    Raises:
        UsageError: It is not what the API takes.
    """
    if "properties" not in element:
        if not isinstance(value, str):
            raise UsageError(f"{place}: expected an id (a string), found {forms.kind_of(value)}")
        if not value.strip():
            raise UsageError(f"{place}: an id must not be blank")
        return
    if not isinstance(value, dict):
        raise UsageError(f"{place}: expected an object, found {forms.kind_of(value)}")
    check_members(value, element, place)
    for name in element.get("required", ()):
        if value.get(name) is None:
            raise UsageError(f"{place}: {name} is missing")
        if name.endswith("Id") and not str(value[name]).strip():
            raise UsageError(f"{place}: {name} must not be blank")


def check_members(value: Mapping[str, Any], schema: Schema, place: str) -> None:
    """Check the names of an object's members, and values that only a few words can have.

    Raises:
        UsageError: A member is unknown, or its value is of another type or not a known word.
    """
    properties = schema.get("properties", {})
    for name, member in value.items():
        if name not in properties:
            raise UsageError(f"{place}: {_unknown('member', name, list(properties))}")
        _check_value(member, properties[name], f"{place}: {name}")


def _check_value(member: Any, schema: Schema, place: str) -> None:
    words = [word for word in schema.get("enum", ()) if word is not None]
    if words and member is not None and member not in words:
        raise UsageError(f"{place} is {forms.short(member)}; expected {', '.join(words)}")
    _check_type(member, schema.get("type"), place)
    if isinstance(member, dict) and "properties" in schema:
        check_members(member, schema, place)
    items = schema.get("items", {})
    if isinstance(member, list) and "properties" in items:
        for number, element in enumerate(member, 1):
            check_element(element, items, f"{place}, element {number}")


def _check_type(member: Any, kinds: Any, place: str) -> None:
    """Refuse a value of a type that the API does not take; null is the API's to judge."""
    allowed = [kinds] if isinstance(kinds, str) else list(kinds or ())
    known = [_WORDS[kind] for kind in allowed if kind in _WORDS]
    if known and member is not None and forms.kind_of(member) not in known:
        raise UsageError(f"{place}: expected {' or '.join(known)}, found {forms.kind_of(member)}")


def _unknown(what: str, name: str, names: Sequence[str]) -> str:
    folded = {each.lower(): each for each in names}
    close = difflib.get_close_matches(name.strip().lower(), folded, n=1)
    hint = f"; did you mean {folded[close[0]]}?" if close else f"; expected {', '.join(names)}"
    return f"unknown {what} {forms.short(name)}{hint}"
