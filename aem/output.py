"""Shows answers: tables for people, JSON for scripts."""

import json
import sys
from collections.abc import Iterable, Mapping
from typing import Any

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

from aem.errors import ApiError, CommandError, explained

_ERRORS = 400


class Output:
    """Where a command's results go.

    Attributes:
        as_json: Whether they are shown as JSON: on demand, and where nobody looks.
    """

    def __init__(self, *, as_json: bool) -> None:
        """Take the form that was asked for."""
        self.as_json = as_json or not sys.stdout.isatty()
        self._console = Console(highlight=False)
        self._errors = Console(stderr=True, highlight=False)

    @property
    def interactive(self) -> bool:
        """Whether somebody can be asked."""
        return sys.stdin.isatty() and sys.stderr.isatty()

    def show(self, document: Any) -> None:
        """Show a document."""
        if self.as_json:
            sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
        elif isinstance(document, Mapping) and isinstance(document.get("results"), list):
            self._show_results(document)
        elif isinstance(document, Mapping):
            self._console.print(_pairs(document))
        else:
            self._console.print(escape(_cell(document)))

    def say(self, text: str) -> None:
        """Tell a person something that is no result."""
        if not self.as_json:
            self._console.print(escape(_cell(text)))

    def warn(self, text: str) -> None:
        """Tell what is to be known, whoever reads the results."""
        self._errors.print(escape(_cell(text)))

    def fail(self, error: CommandError) -> None:
        """Tell why a command failed."""
        if self.as_json and isinstance(error, ApiError) and error.envelope:
            sys.stderr.write(json.dumps(error.envelope, ensure_ascii=False) + "\n")
        else:
            self._errors.print(escape(_cell(str(error))), style="red")

    def progress(self) -> Progress:
        """Return a progress bar on the error output, which shows nothing where nobody looks."""
        return Progress(
            SpinnerColumn(),
            TextColumn("[progress.description]{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[speed]}"),
            TimeElapsedColumn(),
            console=self._errors,
            disable=not sys.stderr.isatty(),
            transient=True,
        )

    def _show_results(self, document: Mapping[str, Any]) -> None:
        results = document["results"]
        self._console.print(_table(results) if results else "Nothing found.")
        rest = {name: value for name, value in document.items() if name != "results"}
        self._console.print(escape(_summary(rest)), style="dim")


def _table(rows: Iterable[Any]) -> Table:
    table = Table(header_style="bold")
    flat = [_flat(row) if isinstance(row, Mapping) else {"value": row} for row in rows]
    names = list(dict.fromkeys(name for row in flat for name in row))
    for name in names:
        table.add_column(escape(_cell(name)), overflow="fold")
    for row in flat:
        style = "red" if int(row.get("status", 0) or 0) >= _ERRORS else None
        table.add_row(*(escape(_cell(row.get(name))) for name in names), style=style)
    return table


def _flat(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a result with the members of its members beside its own, and errors in words."""
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if name == "requestError":
            flat["error"] = explained({"requestError": value})
        elif name == "association" and isinstance(value, Mapping):
            flat.update(value)
        else:
            flat[name] = value
    return flat


def _pairs(document: Mapping[str, Any]) -> Table:
    table = Table(show_header=False)
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for name, value in document.items():
        shown = _pairs(value) if isinstance(value, Mapping) and value else escape(_cell(value))
        table.add_row(escape(_cell(name)), shown)
    return table


def _cell(value: Any) -> str:
    """Return a value as a table shows it: what would steer the terminal is written out."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "".join(
        each if each.isprintable() or each == "\n" else ascii(each)[1:-1] for each in text
    )


def _summary(rest: Mapping[str, Any]) -> str:
    paging = rest.get("paging")
    if isinstance(paging, Mapping) and "totalResults" in paging:
        last = max(0, paging["totalPages"] - 1)
        return f"page {paging['page']} of 0 to {last}, {paging['totalResults']} in all"
    told = paging if isinstance(paging, Mapping) else rest
    return ", ".join(f"{name} {_cell(value)}" for name, value in told.items())
