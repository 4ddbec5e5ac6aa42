"""Reads JSON, JSON lines, CSV and lists of ids, and checks them before anything is sent."""

import csv
import difflib
import io
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from aem.errors import UsageError

Schema = Mapping[str, Any]
_SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}
_WORDS = {
    "array": "an array",
    "boolean": "a boolean",
    "integer": "a number",
    "number": "a number",
    "object": "an object",
    "string": "a string",
}
"""JSON types in words."""
_ID_HEADERS = (["applicationId"], ["entityId"])
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def read_text(source: str) -> str:
    """Return the text of a file, or of standard input for ``-``.

    Raises:
        UsageError: It cannot be read, or is not UTF-8. A byte order mark is removed.
    """
    try:
        content = _standard_input() if source == "-" else Path(source).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise UsageError(f"{source}: {reason}") from None
    if content.startswith(_UTF16):
        raise UsageError(f"{source}: is UTF-16; save it as UTF-8")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UsageError(f"{source}, line {line}: is not UTF-8; save it as UTF-8") from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise UsageError(f"{source}, line {line}: contains a NUL character")
    return text


def _standard_input() -> bytes:
    if sys.stdin is None:
        raise UsageError("-: standard input is closed")
    return sys.stdin.buffer.read()


def parse_json(text: str, name: str) -> Any:
    """Return a JSON document.

    Raises:
        UsageError: It is no JSON, or an object has a member twice.
    """
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise UsageError(f"{name}, {place}: not JSON: {error.msg}") from None
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{name}: not JSON: {error}") from None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f'the member "{twice}" occurs twice')
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON value")


def read_list(source: str, element: Schema, constants: Mapping[str, str]) -> list[Any]:
    """Return the elements of a bulk request from a file.

    Args:
        source: The file; ``-`` for standard input.
        element: The schema of an element: a string (an id) or an object.
        constants: Members that every element gets (``--set``).

    Raises:
        UsageError: A value is wrong; the message has file, line, and what was found and expected.
    """
    text = read_text(source)
    suffix = Path(source).suffix.lower().removeprefix(".")
    if "properties" not in element:
        if constants:
            raise UsageError(f"--set: {source} is a list of ids, which have no members")
        numbered = list(_ids(source, text, suffix))
    else:
        numbered = list(_objects(source, text, suffix, element, constants))
    for place, value in numbered:
        check_element(value, element, f"{source}, {place}")
    return [value for _, value in numbered]


def _ids(source: str, text: str, suffix: str) -> Iterator[tuple[str, Any]]:
    if suffix == "json" or (suffix not in {"csv", "txt", "jsonl", "ndjson"} and _is_array(text)):
        yield from _elements(source, text)
    elif suffix in {"jsonl", "ndjson"}:
        yield from _json_lines(source, text)
    elif suffix == "csv":
        yield from _id_column(source, text)
    else:
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        for number, identifier in enumerate(lines, 1):
            if identifier.strip():
                yield f"line {number}", identifier


def _id_column(source: str, text: str) -> Iterator[tuple[str, Any]]:
    for number, (line, row) in enumerate(_rows(source, text, ",")):
        if number == 0 and row in _ID_HEADERS:
            continue
        if len(row) != 1:
            raise UsageError(
                f"{source}, line {line}: expected one id, found {len(row)} columns;"
                ' put an id that contains a comma in double quotes, or name the file ".txt"'
            )
        yield f"line {line}", row[0]


def _is_array(text: str) -> bool:
    """Return whether a text without a telling name is a JSON array of strings."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(found, list) and all(isinstance(each, str) for each in found)


def _objects(
    source: str, text: str, suffix: str, element: Schema, constants: Mapping[str, str]
) -> Iterator[tuple[str, Any]]:
    if suffix not in {"csv", "json", "jsonl", "ndjson"}:
        suffix = {"[": "json", "{": "jsonl"}.get(text.lstrip()[:1], "csv")
    if suffix == "csv":
        yield from _csv(source, text, element, constants)
        return
    found = _elements(source, text) if suffix == "json" else _json_lines(source, text)
    for place, value in found:
        if isinstance(value, dict) and constants:
            for name in constants.keys() & value.keys():
                raise UsageError(f"{source}, {place}: has {name}, which --set gives too")
        yield place, {**value, **constants} if isinstance(value, dict) else value


def _elements(source: str, text: str) -> Iterator[tuple[str, Any]]:
    document = parse_json(text, source)
    if not isinstance(document, list):
        raise UsageError(f"{source}: expected a JSON array, found {_kind(document)}")
    for number, value in enumerate(document, 1):
        yield f"element {number}", value


def _json_lines(source: str, text: str) -> Iterator[tuple[str, Any]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield f"line {number}", parse_json(line, f"{source}, line {number}")


def _rows(source: str, text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for row in reader:
            if row:
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise UsageError(f"{source}, line {line}: not CSV: {error}") from None


def _csv(
    source: str, text: str, element: Schema, constants: Mapping[str, str]
) -> Iterator[tuple[str, Any]]:
    first = text.split("\n", 1)[0]
    separator = max(_SEPARATORS, key=first.count)
    rows = _rows(source, text, separator)
    line, header = next(rows, (1, []))
    _check_header(f"{source}, line {line}", header, element, constants)
    for line, row in rows:
        if not any(row):
            continue
        if len(row) != len(header):
            raise UsageError(
                f"{source}, line {line}: expected {len(header)} columns, found {len(row)}:"
                f" {_short(separator.join(row))}; put a value that contains a"
                f" {_SEPARATORS[separator]} in double quotes"
            )
        given = {name: value for name, value in zip(header, row, strict=True) if value}
        yield f"line {line}", {**given, **constants}


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
            raise UsageError(f"{place}: expected an id (a string), found {_kind(value)}")
        if not value.strip():
            raise UsageError(f"{place}: an id must not be blank")
        return
    if not isinstance(value, dict):
        raise UsageError(f"{place}: expected an object, found {_kind(value)}")
    check_members(value, element, place)
    for name in element.get("required", ()):
        if value.get(name) is None:
            raise UsageError(f"{place}: {name} is missing")


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
        raise UsageError(f"{place} is {_short(member)}; expected {', '.join(words)}")
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
    if known and member is not None and _kind(member) not in known:
        raise UsageError(f"{place}: expected {' or '.join(known)}, found {_kind(member)}")


def _unknown(what: str, name: str, names: Sequence[str]) -> str:
    folded = {each.lower(): each for each in names}
    close = difflib.get_close_matches(name.strip().lower(), folded, n=1)
    hint = f"; did you mean {folded[close[0]]}?" if close else f"; expected {', '.join(names)}"
    return f"unknown {what} {_short(name)}{hint}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:79]}…"  # noqa: PLR2004 - a line of a terminal


def _kind(value: Any) -> str:
    kinds = {dict: "an object", list: "an array", str: "a string", bool: "a boolean"}
    return "null" if value is None else kinds.get(type(value), "a number")
