"""Runs the README's session and writes its outputs: ``python -m tools.session [--check]``.

The session is all ``sh`` blocks of README.md, run one after the other in one shell, as
somebody runs them who pastes them. The ``text`` block after an ``sh`` block is its output.
"""

import argparse
import contextlib
import os
import pty
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from local.settings import PROJECT

_README: Final = PROJECT / "README.md"
_URL: Final = "http://127.0.0.1:3000"
_BLOCK: Final = re.compile(
    r"```sh\n(?P<commands>.*?)```\n(?P<output>```text\n.*?```\n)?", re.DOTALL
)
_END: Final = "-- end of block --"


class SessionError(Exception):
    """The session could not be run."""


def main() -> int:
    """Run the session, and write or compare its outputs."""
    parser = argparse.ArgumentParser(prog="python -m tools.session", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only; write nothing")
    check = parser.parse_args().check
    text = _README.read_text()
    written = refreshed(text)
    if written == text:
        return 0
    if check:
        sys.stderr.write("README.md shows other outputs than its session has: run `make session`\n")
        return 1
    _README.write_text(written)
    return 0


def refreshed(text: str) -> str:
    """Run the session of a Markdown text and return the text with the new outputs.

    Raises:
        SessionError: The system did not start, or the shell failed.
    """
    blocks = [block["commands"] for block in _BLOCK.finditer(text)]
    with _serving() as url:
        outputs = iter(_run([block.replace(_URL, url) for block in blocks]))
        return _BLOCK.sub(lambda block: _with_output(block, next(outputs).replace(url, _URL)), text)


def _with_output(block: re.Match[str], output: str) -> str:
    shown = f"```text\n{output}```\n" if output else ""
    return f"```sh\n{block['commands']}```\n{shown}"


def _run(blocks: Sequence[str]) -> list[str]:
    """Run blocks of commands in one shell and return the output of each."""
    script = "".join(f"{block}\necho '{_END}'\n" for block in blocks)
    terminal, inside = pty.openpty()  # commands print for people only where there is a terminal
    with (
        tempfile.TemporaryDirectory() as folder,
        tempfile.TemporaryFile() as commands,
        open(terminal, "rb", buffering=0) as screen,  # noqa: PTH123 - a descriptor
    ):
        commands.write(script.encode())
        commands.seek(0)
        settings = {"TERM": "dumb", "NO_COLOR": "1", "COLUMNS": "100"}
        settings["PATH"] = f"{_command_folder(Path(folder))}:{os.environ['PATH']}"
        shell = subprocess.Popen(
            ["bash", "-e"],  # noqa: S607 - the one on the path
            stdin=commands,
            stdout=inside,
            stderr=inside,
            cwd=PROJECT,
            env=os.environ | settings,
        )
        os.close(inside)
        printed = b"".join(_read(screen)).decode().replace("\r\n", "\n")
        status = shell.wait()
    outputs = printed.split(f"{_END}\n")
    if status or len(outputs) != len(blocks) + 1:
        message = f"the shell ended with {status}:\n{printed}"
        raise SessionError(message)
    return outputs[:-1]


def _command_folder(folder: Path) -> Path:
    """Make `aem` a command without installing it, and return the folder that it is in."""
    command = folder / "aem"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m aem "$@"\n')
    command.chmod(0o755)
    return folder


def _read(screen: IO[bytes]) -> Iterator[bytes]:
    """Read until the shell has ended, which Linux reports as an error (EIO)."""
    with contextlib.suppress(OSError):
        while piece := screen.read(4096):
            yield piece


@contextmanager
def _serving() -> Iterator[str]:
    """Run the system, empty, for the length of a with block."""
    with tempfile.TemporaryDirectory() as folder:
        settings = {"PORT": "0", "DATA": "memory", "LOCAL_DIR": folder}
        command = [sys.executable, "-m", "local", "serve"]
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, cwd=PROJECT, env=os.environ | settings
        ) as system:
            try:
                yield _ready_url(system)
            finally:
                system.terminate()
                system.communicate()


def _ready_url(system: "subprocess.Popen[str]") -> str:
    for line in system.stdout or ():
        if line.startswith("ready"):
            return line.split()[1]
    message = "the system did not start"
    raise SessionError(message)


if __name__ == "__main__":
    sys.exit(main())
