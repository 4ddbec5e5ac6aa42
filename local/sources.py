"""Detects changes of a function's code."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

Signature = frozenset[tuple[str, int, int]]


def signature(folders: Iterable[Path]) -> Signature:
    """Return path, time of change and size of each file, without byte-code.

    Equal signatures mean that nothing has changed. A missing folder counts as empty.
    """
    return frozenset(entry for folder in folders for entry in _walk(str(folder)))


def _walk(folder: str) -> Iterator[tuple[str, int, int]]:
    try:
        entries = os.scandir(folder)
    except FileNotFoundError:
        return
    with entries:
        for entry in entries:
            if not entry.is_dir():
                status = entry.stat()
                yield entry.path, status.st_mtime_ns, status.st_size
            elif entry.name != "__pycache__":
                yield from _walk(entry.path)
