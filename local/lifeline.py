"""Processes that end when this one does, however it ends."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

_GUARD = Path(__file__).with_name("guard.py")


class Lifeline:
    """A pipe whose end of file shows other processes that this one has ended.

    The kernel closes the writing end, which no process inherits, when this process
    ends in any way, kill -9 included, on every Unix. Processes that watch the pipe
    inherit the reading end.
    """

    def __init__(self) -> None:
        self.reading, self._writing = os.pipe()
        self._is_cut = False

    def cut(self) -> None:
        """End every process that watches it; a second call changes nothing."""
        if not self._is_cut:
            self._is_cut = True
            os.close(self._writing)
            os.close(self.reading)


@dataclass
class Guarded:
    """A program run under guard.py, whose process is `process`."""

    process: "subprocess.Popen[bytes]"
    _lifeline: Lifeline

    @property
    def ended(self) -> bool:
        """Whether the program is no longer running."""
        return self.process.poll() is not None

    def wait(self, seconds: float) -> bool:
        """Wait some seconds for the program to end by itself, and return whether it has."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        return self.ended

    def begin_stop(self) -> None:
        """Ask the program to end, without waiting; a second call changes nothing."""
        self._lifeline.cut()

    def stop(self) -> None:
        """End the program and wait for it."""
        self.begin_stop()
        self.process.wait()


def start(
    command: Sequence[str],
    *,
    output: IO[bytes] | int = subprocess.DEVNULL,
    env: Mapping[str, str] | None = None,
    keep_open: Sequence[int] = (),
) -> Guarded:
    """Start a program that will not outlive this process, in this environment if `env` is None.

    It has a session of its own, so that Ctrl-C in a terminal reaches only this
    process, which then stops everything in order. The file descriptors `keep_open`,
    for example of locks, stay open until it has ended.
    """
    lifeline = Lifeline()
    guard = [sys.executable, "-I", "-S", str(_GUARD), str(lifeline.reading), *command]
    process = subprocess.Popen(
        guard,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=env,
        pass_fds=(lifeline.reading, *keep_open),
        start_new_session=True,
    )
    return Guarded(process, lifeline)
