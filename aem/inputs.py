"""Reads lists for bulk requests from files: JSON, JSON lines and CSV."""

import csv
import io
import json
import sys
from pathlib import Path
from typing import Any

from aem.errors import UsageError


def read(source: str, *, plain: bool) -> list[Any]:
    """Return the elements that a file holds.

    Args:
        source: The file; ``-`` is what comes in.
        plain: Whether elements are single values (ids): of CSV the first column, without a head.

    Raises:
        UsageError: It cannot be read, or is not what its name says.
    """
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8-sig")
        return _parsed(text, _format(source, text), plain=plain)
    except (OSError, ValueError, csv.Error) as error:
        raise UsageError(f"{source}: {error}") from None


def _format(source: str, text: str) -> str:
    suffix = Path(source).suffix.lower().removeprefix(".")
    if suffix in {"csv", "json", "jsonl", "ndjson"}:
        return suffix
    start = text.lstrip()[:1]
    return {"[": "json", "{": "jsonl", '"': "jsonl"}.get(start, "csv")


def _parsed(text: str, form: str, *, plain: bool) -> list[Any]:
    if form == "json":
        document = json.loads(text)
        if not isinstance(document, list):
            message = "must hold a JSON array"
            raise ValueError(message)
        return document
    if form != "csv":
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    if plain:
        return [row[0] for row in csv.reader(io.StringIO(text)) if row]
    rows = csv.DictReader(io.StringIO(text), strict=True)
    return [
        {name: value for name, value in row.items() if name and value} for row in rows if any(row)
    ]
