"""A command in a terminal of its own, as a person sees it."""

import contextlib
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

SECONDS = 60.0
"""How long a command may keep silent."""
_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Terminal:
    """A running command, and what its screen has shown.

    Attributes:
        raw: All that was written, with the codes that steer a terminal.
    """

    def __init__(
        self,
        command: Sequence[str | Path],
        environment: Mapping[str, str],
        output: IO[bytes] | None = None,
    ) -> None:
        """Start a command; its standard output goes to a file, if there is one."""
        self.raw = ""
        self._typed = 0
        self._screen, inside = pty.openpty()
        fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 160, 0, 0))
        self._process = subprocess.Popen(
            command,
            env={"TERM": "xterm", **environment},
            stdin=inside,
            stdout=output or inside,
            stderr=inside,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - no threads
        )
        os.close(inside)

    @property
    def text(self) -> str:
        """All that was written, without control codes."""
        return _CONTROL.sub("", self.raw)

    def wait_for(self, text: str | re.Pattern[str]) -> None:
        """Wait until the screen has shown a text, or one that matches."""
        wanted = text if isinstance(text, re.Pattern) else re.compile(re.escape(text))
        while not wanted.search(self.text, self._typed):
            assert self._read(), f"{text!r} is not in {self.text!r}"

    def type(self, keys: str | bytes) -> None:
        """Press keys."""
        self._typed = len(self.text)
        os.write(self._screen, keys if isinstance(keys, bytes) else keys.encode())

    def type_at(self, prompt: str, keys: str | bytes) -> None:
        """Press keys once a prompt is shown."""
        self.wait_for(prompt)
        self.type(keys)

    def ended(self) -> int:
        """Wait for the end, and return the exit code."""
        while self._read():
            pass
        os.close(self._screen)
        return self._process.wait()

    def _read(self) -> bool:
        """Read what is written next; return whether there was anything."""
        ready, _, _ = select.select([self._screen], [], [], SECONDS)
        assert ready, f"nothing more after {self.text!r}"
        with contextlib.suppress(OSError):  # Linux reports the end of a terminal as an error
            part = os.read(self._screen, 4096)
            self.raw += part.decode(errors="replace")
            return bool(part)
        return False
