"""Documents of which a program writes a part, between two marks."""

import argparse
import sys
from pathlib import Path


def parser(name: str, description: str | None) -> argparse.ArgumentParser:
    """Return the parser of the command ``python -m tools.NAME``, with its option ``--check``."""
    made = argparse.ArgumentParser(prog=f"python -m tools.{name}", description=description)
    made.add_argument("--check", action="store_true", help="compare only")
    return made


def update(document: Path, name: str, part: str, *, check: bool) -> int:
    """Write the part between the marks of a name, or only compare it.

    Returns:
        The exit status: 1 if the compared part differs.
    """
    text = document.read_text()
    first, last = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->\n"
    begin, end = text.index(first) + len(first), text.index(last)
    wanted = f"{text[:begin]}\n{part}\n{text[end:]}"
    if not check:
        document.write_text(wanted)
    elif wanted != text:
        message = f"docs/{document.name} is out of date: run python -m tools.{name}\n"
        sys.stderr.write(message)
    return int(check and wanted != text)
