"""Reads the forms that files have: text, JSON, JSON lines, CSV."""

import csv
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from aem.errors import UsageError

SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab"}
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_STANDARD_OUTPUT = {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"}
_STANDARD_INPUT = {"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"}


def is_standard_input(source: str) -> bool:
    """Return whether a file is standard input, which can be read once."""
    return source in _STANDARD_INPUT


def is_standard_output(source: str) -> bool:
    """Return whether a file is standard output, which must not be replaced."""
    return source in _STANDARD_OUTPUT


def read_text(source: str) -> str:
    """Return the text of a file, or of standard input for ``-``.

    Raises:
        UsageError: It cannot be read, or is not UTF-8. A byte order mark is removed.
    """
    if not source:
        raise UsageError("A file's name is missing")
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


def load_json(content: bytes) -> Any:
    """Return the document of an answer.

    Raises:
        ValueError: It is no JSON.
    """
    return json.loads(content, parse_constant=_no_constant)


def parse_json(text: str, name: str) -> Any:
    """Return a JSON document.

    Raises:
        UsageError: It is no JSON, or an object has a member twice.
    """
    try:
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        line = f", line {error.lineno}" if "\n" in text.strip() else ""
        raise UsageError(f"{name}{line}, column {error.colno}: not JSON: {error.msg}") from None
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


def suffix_of(source: str) -> str:
    """Return the suffix of a file's name in small letters, without the dot."""
    return Path(source).suffix.lower().removeprefix(".")


def elements(source: str, text: str) -> Iterator[tuple[str, Any]]:
    """Yield the elements of a JSON array, each with its place.

    Raises:
        UsageError: The text is something else.
    """
    document = parse_json(text, source)
    if not isinstance(document, list):
        raise UsageError(f"{source}: expected a JSON array, found {kind_of(document)}")
    for number, value in enumerate(document, 1):
        yield f"element {number}", value


def json_lines(source: str, text: str) -> Iterator[tuple[str, Any]]:
    """Yield the documents of JSON lines, each with its place.

    Raises:
        UsageError: A line is no JSON.
    """
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield f"line {number}", parse_json(line, f"{source}, line {number}")


def rows(source: str, text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the rows of CSV that are not empty, each with its line.

    Raises:
        UsageError: A quote is open, or text follows one.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    line = 1
    try:
        for row in reader:
            if row:
                yield line, row
            line = reader.line_num + 1
    except csv.Error as error:
        raise UsageError(f"{source}, line {line}: not CSV: {error}") from None


def short(value: Any) -> str:
    """Return a value as JSON, cut to the width of a terminal."""
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:79]}…"  # noqa: PLR2004 - a line of a terminal


def kind_of(value: Any) -> str:
    """Return the JSON type of a value in words."""
    kinds = {dict: "an object", list: "an array", str: "a string", bool: "a boolean"}
    return "null" if value is None else kinds.get(type(value), "a number")
