"""Reads lists of ids: plain lines, a column of CSV, a JSON array or JSON lines of strings."""

import json
from collections.abc import Iterator
from typing import Any

from aem import forms, inputs
from aem.errors import UsageError

_ID: inputs.Schema = {"type": "string"}
_FORMS = {"json", "jsonl", "ndjson", "csv"}


def read(source: str, name: str) -> list[str]:
    """Return the ids of a bulk request from a file.

    Args:
        source: The file; ``-`` for standard input.
        name: What the ids are called, for example ``entityId``.

    Raises:
        UsageError: The file has another form, or an id is blank; the message has file and line.
    """
    text = forms.read_text(source)
    suffix = forms.suffix_of(source)
    if suffix == "json" or (suffix not in {*_FORMS, "txt"} and _is_array_of_ids(text)):
        numbered = list(forms.elements(source, text))
    elif suffix in {"jsonl", "ndjson"}:
        numbered = list(forms.json_lines(source, text))
    elif suffix == "csv":
        numbered = list(_column(source, text, name))
    else:
        numbered = list(_lines(source, text, name))
    for place, value in numbered:
        inputs.check_element(value, _ID, f"{source}, {place}")
    return [value for _, value in numbered]


def _lines(source: str, text: str, name: str) -> Iterator[tuple[str, str]]:
    """Yield the lines as they are; JSON, or the header of a CSV file, is another form."""
    document = _container(text)
    if document is not None:
        raise _other_form(source, 1, f"a JSON document, {document}", ".json")
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    numbered = [(number, line) for number, line in enumerate(lines, 1) if line.strip()]
    for number, line in numbered[:1]:
        if any(_named(cell, name) for cell in _cells(line)):
            raise _other_form(source, number, f"a header, {forms.short(line)}", ".csv")
    for number, line in numbered:
        found = _container(line)
        if found is not None:
            raise _other_form(source, number, f"{found} in JSON", ".jsonl")
        yield f"line {number}", line


def _column(source: str, text: str, name: str) -> Iterator[tuple[str, str]]:
    for separator, word in forms.SEPARATORS.items():
        for line, row in forms.rows(source, text, separator):
            if len(row) != 1:
                raise UsageError(
                    f"{source}, line {line}: expected one id, found {len(row)} columns, separated"
                    f" by a {word}; put an id that contains a {word} in double quotes, or name the"
                    ' file ".txt"'
                )
    for number, (line, (value,)) in enumerate(forms.rows(source, text, ",")):
        if number == 0 and value == name:
            continue
        if number == 0 and _named(value, name):
            raise UsageError(
                f"{source}, line {line}: unknown column {forms.short(value)}; expected {name}"
            )
        inputs.check_id(value, f"{source}, line {line}")
        yield f"line {line}", value


def _cells(line: str) -> list[str]:
    for separator in forms.SEPARATORS:
        line = line.replace(separator, "\n")
    return [cell.strip().strip('"') for cell in line.split("\n")]


def _named(cell: str, name: str) -> bool:
    """Return whether a cell is a header: the name of the ids, or of others, in any letters."""
    return cell.strip().casefold() in {name.casefold(), "applicationid", "entityid"}


def _is_array_of_ids(text: str) -> bool:
    """Return whether a text without a telling name is a JSON array of strings."""
    document = _parsed(text)
    return isinstance(document, list) and all(isinstance(each, str) for each in document)


def _container(text: str) -> str | None:
    """Return in words which JSON a text is; None if it can be a plain id."""
    document = _parsed(text)
    return forms.kind_of(document) if isinstance(document, dict | list | str) else None


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _other_form(source: str, line: int, found: str, suffix: str) -> UsageError:
    return UsageError(
        f"{source}, line {line}: expected one id a line, found {found};"
        f' if that is what the file is, let its name end in "{suffix}"'
    )
