"""Logs of the functions: all output goes to files, errors are shown too."""

import contextlib
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

_KEPT_BYTES: Final = 10_000_000


class FunctionLog:
    """The log of one function."""

    def __init__(self, name: str, folder: Path, echo: Callable[[str], None]) -> None:
        """Open the function's file in the folder; `echo` shows errors in a readable form."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.log"
        if path.exists() and path.stat().st_size > _KEPT_BYTES:
            path.replace(path.with_suffix(".old.log"))
        self._name = name
        self._file = path.open("a", buffering=1, encoding="utf-8", errors="replace")
        self._echo = echo
        self._lock = threading.Lock()

    def __call__(self, line: str) -> None:
        """Log a line that the function printed; a full disk or a closed file stops nothing."""
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._file.write(f"{line}\n")
        if text := _readable(line):
            self._echo(f"{self._name}: {text}")

    def close(self) -> None:
        """Close the file; later lines are only shown."""
        self._file.close()


def _readable(line: str) -> str | None:
    """Return the message and stack of an error that a function logged; None for other lines."""
    if line.startswith("[ERROR]"):
        return line
    try:
        record = json.loads(line) if line.startswith("{") else None
    except ValueError:
        return None
    if not isinstance(record, dict) or record.get("level") not in {"ERROR", "CRITICAL"}:
        return None
    stack = f"\n{record['exception']}" if record.get("exception") else ""
    return f"[{record['level']}] {record.get('message')} ({record.get('location')}){stack}"
