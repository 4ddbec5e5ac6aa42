"""Writes results to standard output; prompts, previews, progress and errors to standard error."""

import csv
import io
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import jmespath
from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from aem.errors import INTERRUPTED, ApiError, CancelledError, CommandError, UsageError, explain

FORMATS = ("table", "json", "jsonl", "csv")
_ERRORS = 400
_WIDE = 4000
"""Columns of a table that no terminal limits."""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave a closed pipe to the entry point; Rich would end the process with 1."""
        raise BrokenPipeError


class Output:
    """Where a command's results go.

    Attributes:
        form: One of ``FORMATS``; JSON where standard output is no terminal.
    """

    def __init__(
        self,
        form: str | None = None,
        columns: Sequence[str] = (),
        query: str | None = None,
    ) -> None:
        """Take the format, the columns and the JMESPath expression.

        Raises:
            UsageError: The expression is none.
        """
        terminal = sys.stdout is not None and sys.stdout.isatty()
        self.form = form or ("table" if terminal else "json")
        self._columns = list(columns)
        try:
            self._query = jmespath.compile(query) if query else None
        except jmespath.exceptions.JMESPathError as error:
            raise UsageError(f"--query: {str(error).splitlines()[0]}") from None
        width = None if terminal else _WIDE
        self._console = _Console(highlight=False, width=width)
        self._errors = _Console(stderr=True, highlight=False)

    @property
    def interactive(self) -> bool:
        """Whether a person can be asked."""
        return bool(sys.stdin and sys.stdin.isatty() and sys.stderr and sys.stderr.isatty())

    def show(self, document: Any) -> None:
        """Write a document in the format that was asked for."""
        if self._query is not None:
            document = self._query.search(document)
        if self.form == "json":
            self._write(self._json(document, indent=2) + "\n")
        elif self.form == "jsonl":
            for row in _rows(document):
                self._write(self._json(row) + "\n")
        elif self.form == "csv":
            self._write(self._csv(_rows(document)))
        else:
            self._show_table(document, self._console)

    def preview(self, document: Any) -> None:
        """Show a person a document before a prompt."""
        self._show_table(document, self._errors)

    def say(self, text: str) -> None:
        """Tell a person that a command is done; scripts have the exit code."""
        if self.form == "table":
            self._console.print(escape(_cell(text)))

    def note(self, text: str) -> None:
        """Write a line to standard error."""
        self._errors.print(escape(_cell(text)), soft_wrap=True)

    def warn(self, text: str) -> None:
        """Write a warning to standard error."""
        self._errors.print(escape(_cell(text)), style="yellow", soft_wrap=True)

    def fail(self, error: CommandError) -> None:
        """Write why a command failed: JSON for scripts, if the API gave an envelope."""
        if self.form != "table" and isinstance(error, ApiError) and error.envelope:
            sys.stderr.write(json.dumps(error.envelope) + "\n")
        else:
            self._errors.print(escape(_cell(str(error))), style="red", soft_wrap=True)

    def confirm(self, question: str) -> None:
        """Ask before a change, on standard error.

        Raises:
            UsageError: Nobody can be asked.
            CancelledError: The answer was not yes, the input ended, or it was interrupted.
        """
        if not self.interactive:
            raise UsageError("Not a terminal: add --yes to confirm.")
        self._errors.print(f"{escape(_cell(question))} \\[y/N] ", end="", soft_wrap=True)
        try:
            answer = sys.stdin.readline()
        except KeyboardInterrupt:
            self._errors.print()
            raise CancelledError(INTERRUPTED) from None
        if not answer:
            self._errors.print()
        if answer.strip().lower() not in {"y", "yes"}:
            raise CancelledError

    def progress(self) -> Progress:
        """Return a progress bar on standard error; it shows nothing where that is no terminal."""
        return Progress(
            SpinnerColumn(),
            TextColumn("[progress.description]{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[speed]}"),
            TimeElapsedColumn(),
            console=self._errors,
            disable=not (sys.stderr and sys.stderr.isatty()),
            transient=True,
        )

    def _write(self, text: str) -> None:
        sys.stdout.write(text)

    def _json(self, document: Any, indent: int | None = None) -> str:
        encoding = (sys.stdout.encoding or "ascii").lower()
        return json.dumps(document, ensure_ascii="utf" not in encoding, indent=indent)

    def _csv(self, rows: Iterable[Any]) -> str:
        flat = [_flat(row) for row in rows]
        text = io.StringIO()
        names = self._columns or list(dict.fromkeys(name for row in flat for name in row))
        writer = csv.writer(text, lineterminator="\n")
        if names:
            writer.writerow(names)
        for row in flat:
            writer.writerow([_raw(row.get(name)) for name in names])
        return text.getvalue()

    def _show_table(self, document: Any, console: Console) -> None:
        if isinstance(document, Mapping) and isinstance(document.get("results"), list):
            results = document["results"]
            console.print(_table(results, self._columns) if results else "Nothing found.")
            rest = {name: value for name, value in document.items() if name != "results"}
            console.print(escape(_summary(rest)), style="dim")
        elif isinstance(document, Mapping):
            console.print(_pairs(document, self._columns))
        elif isinstance(document, list):
            console.print(_table(document, self._columns) if document else "Nothing found.")
        else:
            console.print(escape(_cell(document)), soft_wrap=True)


def discard_output() -> None:
    """Let Python flush to nowhere at its end, after the reader of the output has gone."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _rows(document: Any) -> Iterable[Any]:
    if isinstance(document, Mapping) and isinstance(document.get("results"), list):
        return list(document["results"])
    return document if isinstance(document, list) else [document]


def _table(rows: Sequence[Any], columns: Sequence[str]) -> Table:
    table = Table(header_style="bold")
    flat = [_short_row(row) for row in rows] if not columns else [_flat(row) for row in rows]
    names = columns or list(dict.fromkeys(name for row in flat for name in row))
    for name in names:
        table.add_column(escape(_cell(name)), overflow="fold")
    for row in flat:
        status = row.get("status")
        style = "red" if isinstance(status, int) and status >= _ERRORS else None
        table.add_row(*(escape(_cell(row.get(name))) for name in names), style=style)
    return table


def _short_row(row: Any) -> dict[str, Any]:
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
        target = row["target"]
        what = _words(target) if isinstance(target, Mapping) else _cell(target)
        return {"when": row["at"], "who": row["actor"], "what": f"{row['action']} {what}"}
    return _flat(row)


def _what(operation: Mapping[str, Any]) -> str:
    given = {name: operation.get(name) for name in ("applicationId", "entityId", "undoes")}
    text = _words(given)
    if isinstance(operation.get("filter"), Mapping):
        text = f"{text} {_words(operation['filter'])}".strip()
    if isinstance(operation.get("target"), Mapping):
        text += f" → {_words(operation['target'])}"
    return text


def _words(members: Mapping[str, Any]) -> str:
    return " ".join(f"{name}={_cell(value)}" for name, value in members.items() if value)


def _age(moment: Any) -> str:
    try:
        seconds = int((datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds())
    except (TypeError, ValueError):
        return ""
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length} {unit}"
    return f"{max(0, seconds)} s"


def _flat(row: Any) -> dict[str, Any]:
    """Return a result with its association's members beside its own, and errors in words."""
    if not isinstance(row, Mapping):
        return {"value": row}
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if name == "requestError":
            flat["error"] = explain({"requestError": value})
        elif name == "association" and isinstance(value, Mapping):
            flat.update(value)
        else:
            flat[name] = value
    return flat


def _pairs(document: Mapping[str, Any], columns: Sequence[str] = ()) -> Table:
    table = Table(show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in document.items():
        if columns and name not in columns:
            continue
        shown = _pairs(value) if isinstance(value, Mapping) and value else escape(_cell(value))
        table.add_row(escape(_cell(name)), shown)
    return table


def _raw(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _cell(value: Any) -> str:
    """Return a value as a terminal may get it: control characters are written out."""
    return "".join(
        each if each.isprintable() or each == "\n" else ascii(each)[1:-1] for each in _raw(value)
    )


def _summary(rest: Mapping[str, Any]) -> str:
    paging = rest.get("paging")
    if isinstance(paging, Mapping) and isinstance(paging.get("totalResults"), int):
        results = f"{paging['totalResults']:,} result{'s' * (paging['totalResults'] != 1)}"
        if not isinstance(paging.get("page"), int) or not isinstance(paging.get("totalPages"), int):
            return results
        return f"page {paging['page'] + 1:,} of {max(1, paging['totalPages']):,} ({results})"
    members = paging if isinstance(paging, Mapping) else rest
    return ", ".join(f"{name} {_cell(value)}" for name, value in members.items())
