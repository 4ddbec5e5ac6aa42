"""Writes results to standard output; prompts, previews, progress and errors to standard error."""

import contextlib
import csv
import io
import json
import sys
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
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

from aem import prompts, tables
from aem.errors import ApiError, CancelledError, CommandError, UsageError
from aem.process import closed_pipe, tell

FORMATS = ("table", "json", "jsonl", "csv")
_PATIENCE = 1.0
"""Seconds without a sign of life."""
_QUERY_ERRORS = (ArithmeticError, RecursionError, TypeError, ValueError)
"""What the JMESPath library raises; its own errors are ValueErrors."""
_NARROW = 40
"""Columns that a table needs to show something; a narrower terminal breaks its lines."""
_WIDE = 4000
"""Columns of a table that no terminal limits."""


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave a closed pipe to the entry point; Rich would end the process without a word."""
        raise closed_pipe()


class Output:
    """Where a command's results go.

    Attributes:
        form: One of ``FORMATS``; JSON where standard output is no terminal.
        names: Names of API keys by id, for tables.
        known: The columns that results can have; None if only the results tell.
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
        self.names: tables.Names = {}
        self.known: Collection[str] | None = None
        self._columns = list(columns)
        self._query = _compiled(query) if query is not None else None
        width = None if terminal else _WIDE
        self._console = _Console(highlight=False, width=width)
        self._errors = _Console(stderr=True, highlight=False)
        # A terminal that does not know its width has none: tables would be empty.
        for console in (self._console, self._errors):
            console.width = max(console.width, _NARROW)

    @property
    def interactive(self) -> bool:
        """Whether a person can be asked."""
        return bool(sys.stdin and sys.stdin.isatty() and sys.stderr and sys.stderr.isatty())

    @property
    def _animated(self) -> bool:
        """Whether standard error is a terminal that can show progress in place."""
        # Rich takes a pipe for a terminal under FORCE_COLOR, which is about colours.
        shown = sys.stderr is not None and sys.stderr.isatty()
        return shown and not self._errors.is_dumb_terminal

    def show(self, document: Any) -> None:
        """Write a document in the format that was asked for."""
        if tables.is_partial(document) and (self._query or self.form in {"csv", "jsonl"}):
            self.note(f"{tables.summary(document)}; --all reads all pages")
        document = self._selected(document)
        self._check_columns(document)
        if self.form == "json":
            self._write(self._json(document, indent=2) + "\n")
        elif self.form == "jsonl":
            for row in tables.rows(document):
                self._write(self._json(row) + "\n")
        elif self.form == "csv":
            self._write(self._csv(tables.rows(document)))
        else:
            self._show_table(document, self._console, self._columns)

    def expect(self, known: Collection[str]) -> None:
        """Take the columns that results can have.

        Raises:
            UsageError: The command was given another column.
        """
        if self._query is None:
            self.known = known
            self._check_names(known, UsageError)

    def _check_columns(self, document: Any) -> None:
        """Check the columns of results of which only they tell what they have."""
        if self.known is None and self.form in {"table", "csv"} and not isinstance(document, dict):
            found = [tables.flat(row) for row in tables.rows(document)]
            names = list(dict.fromkeys(name for row in found for name in row))
            if names:
                self._check_names(names, UsageError if self._query is None else CommandError)

    def _check_names(self, known: Collection[str], kind: type[CommandError]) -> None:
        for name in self._columns:
            if name not in known:
                ran = "" if kind is UsageError else "The command ran; "
                there = f"there are {', '.join(known)}" if known else "the command shows none"
                raise kind(f"{ran}--columns: no column {name}; {there}")

    def _selected(self, document: Any) -> Any:
        if self._query is None:
            return document
        try:
            found = self._query.search(document)
            json.dumps(found, allow_nan=False)  # JMESPath also has values that JSON does not have
        except _QUERY_ERRORS as error:
            raise CommandError(f"The command ran; --query: {_first_line(error)}") from None
        return found

    def preview(self, document: Any) -> None:
        """Show a person a document before a prompt."""
        self._show_table(document, self._errors, [])

    def say(self, text: str) -> None:
        """Tell a person that a command is done; scripts have the exit code."""
        if self.form == "table":
            self._console.print(escape(tables.cell(text)))

    def note(self, text: str) -> None:
        """Write a line to standard error."""
        self._tell(text)

    def warn(self, text: str) -> None:
        """Write a warning to standard error."""
        self._tell(text, style="yellow")

    def fail(self, error: CommandError) -> None:
        """Write why a command failed: JSON for scripts, if the API gave an envelope."""
        if self.form != "table" and isinstance(error, ApiError) and error.envelope:
            tell(json.dumps(error.envelope))
            if error.hint:
                self._tell(error.hint, style="red")
        else:
            self._tell(str(error), style="red")

    def _tell(self, text: str, style: str | None = None) -> None:
        """Write a line to standard error; a command goes on if nobody reads it."""
        with contextlib.suppress(OSError):
            self._errors.print(escape(tables.cell(text)), style=style, soft_wrap=True)

    def confirm(self, question: str) -> None:
        """Ask before a change, on standard error.

        Raises:
            UsageError: Nobody can be asked.
            CancelledError: The answer was not yes, the input ended, or it was interrupted.
        """
        if not self.interactive:
            raise UsageError("Not a terminal: add --yes to confirm.")
        if prompts.ask(f"{question} [y/N] ").lower() not in {"y", "yes"}:
            raise CancelledError

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """Show a spinner on standard error if a with block takes over a second."""
        if not self._animated:
            yield
            return
        status = self._errors.status("waiting")
        timer = threading.Timer(_PATIENCE, status.start)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()
            status.stop()

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
            disable=not self._animated,
            transient=True,
        )

    def _write(self, text: str) -> None:
        """Write data. Files and pipes get UTF-8 in any locale, terminals no control characters."""
        if sys.stdout.isatty():
            sys.stdout.write(tables.printable(text))
        elif "utf" in (sys.stdout.encoding or "").lower():
            sys.stdout.write(text)
        else:
            sys.stdout.flush()
            sys.stdout.buffer.write(text.encode("utf-8", "backslashreplace"))

    def _json(self, document: Any, indent: int | None = None) -> str:
        encoding = (sys.stdout.encoding or "ascii").lower()
        text = json.dumps(document, ensure_ascii="utf" not in encoding, indent=indent)
        return text if text.isascii() or not sys.stdout.isatty() else _visible(text)

    def _csv(self, rows: Iterable[Any]) -> str:
        flat = [tables.flat(row) for row in rows]
        text = io.StringIO()
        found = dict.fromkeys(name for row in flat for name in row)
        # An empty list has a header, too: what it can have.
        names = self._columns or list(found or dict.fromkeys(self.known or ()))
        writer = csv.writer(text, lineterminator="\n")
        if names:
            writer.writerow(names)
        for row in flat:
            writer.writerow([tables.raw(row.get(name)) for name in names])
        return text.getvalue()

    def _show_table(self, document: Any, console: Console, columns: Sequence[str]) -> None:
        if isinstance(document, Mapping) and isinstance(document.get("results"), list):
            self._show_rows(document["results"], console, columns)
            rest = {name: value for name, value in document.items() if name != "results"}
            console.print(escape(tables.summary(rest)), style="dim")
        elif isinstance(document, Mapping):
            console.print(tables.pairs(document, columns))
        elif isinstance(document, list):
            self._show_rows(document, console, columns)
        else:
            console.print(escape(tables.cell(document)), soft_wrap=True)

    def _show_rows(self, rows: Sequence[Any], console: Console, columns: Sequence[str]) -> None:
        console.print(tables.table(rows, columns, self.names) if rows else "Nothing found.")


def _visible(text: str) -> str:
    """Return JSON with escapes for what would steer a terminal."""
    return "".join(
        each if each.isprintable() or each == "\n" else json.dumps(each)[1:-1] for each in text
    )


def _compiled(query: str) -> Any:
    """Return a JMESPath expression.

    Raises:
        UsageError: It is none, or names a function that does not exist.
    """
    try:
        compiled = jmespath.compile(query)
        with contextlib.suppress(jmespath.exceptions.JMESPathTypeError):
            compiled.search({})
    except _QUERY_ERRORS as error:
        raise UsageError(f"--query: {_first_line(error)}") from None
    return compiled


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
