"""What tables and CSV show of the API's documents."""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from rich.markup import escape
from rich.table import Table

from aem.errors import explain

_ERRORS = 400
_FEW = 3
"""Elements of a long list that a cell shows."""
_LONGEST = 100
"""Characters of a list or object that a cell shows whole."""

_COUNTABLE = 1 << 53
"""No count of the API is as large."""

Names = Mapping[str, str]
"""The names of API keys by id."""


def rows(document: Any) -> Iterable[Any]:
    """Return the results of a page, the elements of a list, or the document alone."""
    if isinstance(document, Mapping) and isinstance(document.get("results"), list):
        return list(document["results"])
    return document if isinstance(document, list) else [document]


def table(results: Sequence[Any], columns: Sequence[str] = (), names: Names | None = None) -> Table:
    """Return a table of results; operations and audit entries are shortened.

    Args:
        results: The results.
        columns: Members to show instead.
        names: Names of API keys, to say who did something.
    """
    made = Table(header_style="bold")
    shown = [flat(row) if columns else _short_row(row, names or {}) for row in results]
    heads = columns or list(dict.fromkeys(name for row in shown for name in row))
    for name in heads:
        made.add_column(escape(cell(name)), overflow="fold")
    for row in shown:
        status = row.get("status")
        style = "red" if isinstance(status, int) and status >= _ERRORS else None
        made.add_row(*(escape(_short(row.get(name))) for name in heads), style=style)
    return made


def _short(value: Any) -> str:
    """Return a value as a cell of a table has it; of a long list or object, the beginning."""
    text = cell(value)
    if isinstance(value, str) or len(text) <= _LONGEST:
        return text
    if not isinstance(value, list):
        return f"{text[:_LONGEST]}…"
    parts = [_in_list(each) for each in value[:_FEW]]
    more = f", … ({len(value):,})" if len(value) > _FEW else ""
    return f"{', '.join(parts)}{more}"


def _in_list(value: Any) -> str:
    text = " ".join(map(cell, value.values())) if isinstance(value, Mapping) else cell(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _short_row(row: Any, names: Names) -> dict[str, Any]:
    """Return what a table shows of a result: operations and audit entries are shortened."""
    if isinstance(row, Mapping) and {"operationId", "kind", "state"} <= row.keys():
        total = row.get("total")
        return {
            "id": row["operationId"],
            "kind": row["kind"],
            "what": _what(row),
            "state": row["state"],
            "done": f"{row.get('done', 0)}/{'?' if total is None else total}",
            "age": _age(row.get("requestedAt")),
        }
    if isinstance(row, Mapping) and {"at", "action", "actor", "target"} <= row.keys():
        target, actor = row["target"], row["actor"]
        what = (
            " ".join(map(cell, _ordered(target))) if isinstance(target, Mapping) else cell(target)
        )
        who = names.get(actor, actor) if isinstance(actor, str) else actor
        return {"when": row["at"], "who": who, "what": f"{row['action']} {what}"}
    return flat(row)


def _ordered(target: Mapping[str, Any]) -> Iterable[Any]:
    """Return the values of an audit entry's target, its type first and its id last."""
    order = ("type", "resourceType", "channel", "applicationId", "entityId")
    first = [target[name] for name in order if name in target]
    return [*first, *(value for name, value in target.items() if name not in order)]


def _what(operation: Mapping[str, Any]) -> str:
    given = {name: operation.get(name) for name in ("applicationId", "entityId", "undoes")}
    text = _words(given)
    if isinstance(operation.get("filter"), Mapping):
        text = f"{text} {_words(operation['filter'])}".strip()
    if isinstance(operation.get("target"), Mapping):
        text += f" → {_words(operation['target'])}"
    return text


def _words(members: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={cell(value)}" for name, value in members.items() if value)


def _age(moment: Any) -> str:
    try:
        seconds = int((datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds())
    except (TypeError, ValueError):
        return ""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{max(0, seconds)} s"


def flat(row: Any) -> dict[str, Any]:
    """Return a result with its association's members beside its own, and errors in words."""
    if not isinstance(row, Mapping):
        return {"value": row}
    found: dict[str, Any] = {}
    for name, value in row.items():
        if name == "requestError":
            found["error"] = explain({"requestError": value})
        elif name == "association" and isinstance(value, Mapping):
            found.update(value)
        else:
            found[name] = value
    return found


def pairs(document: Mapping[str, Any], columns: Sequence[str] = ()) -> Table:
    """Return an object as a table of its members, with tables for what they hold."""
    made = Table(show_header=False)
    made.add_column(style="bold")
    made.add_column(overflow="fold")
    for name, value in document.items():
        if not columns or name in columns:
            made.add_row(escape(cell(name)), _held(value))
    return made


def _held(value: Any) -> Table | str:
    if isinstance(value, Mapping) and value:
        return pairs(value)
    if isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value):
        return table(value)
    return escape(cell(value))


def whole(value: Any) -> int | None:
    """Return a count that a progress bar can show; None if a value is none."""
    return value if isinstance(value, int) and 0 <= value < _COUNTABLE else None


def raw(value: Any) -> str:
    """Return a value as a cell of CSV has it: text as it is, other values as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def cell(value: Any) -> str:
    """Return a value as a terminal may get it: control characters are written out."""
    return printable(raw(value))


def printable(text: str) -> str:
    """Return text for a terminal: control characters are written out, except line breaks."""
    return "".join(
        each if each.isprintable() or each == "\n" else ascii(each)[1:-1] for each in text
    )


def is_partial(document: Any) -> bool:
    """Return whether a document is a page of results that is not the only one."""
    paging = document.get("paging") if isinstance(document, Mapping) else None
    if not isinstance(paging, Mapping):
        return False
    number, pages = paging.get("page"), paging.get("totalPages")
    if isinstance(number, int) and isinstance(pages, int):
        return number > 0 or pages > 1
    return paging.get("next") is not None


def summary(rest: Mapping[str, Any]) -> str:
    """Return the line under a table: the page and the totals."""
    paging = rest.get("paging")
    if isinstance(paging, Mapping) and isinstance(paging.get("totalResults"), int):
        results = f"{paging['totalResults']:,} result{'s' * (paging['totalResults'] != 1)}"
        page, pages = paging.get("page"), paging.get("totalPages")
        if not isinstance(page, int) or not isinstance(pages, int):
            return results
        if page >= max(1, pages):
            return f"page {page + 1:,} is after the last page, {max(1, pages):,} ({results})"
        return f"page {page + 1:,} of {max(1, pages):,} ({results})"
    if isinstance(paging, Mapping) and "size" in paging:
        following = paging.get("next")
        return (
            "the last page" if following is None else f"the next page: --cursor {cell(following)}"
        )
    members = paging if isinstance(paging, Mapping) else rest
    return ", ".join(f"{name} {cell(value)}" for name, value in members.items())
