"""The output of the local system."""

import contextlib
import os
import queue
import threading
import time
from datetime import datetime
from typing import Final

from local.gateway.events import Call
from local.gateway.http import Reply

_STANDARD_OUTPUT: Final = 1
WAITING_LINES: Final = 10_000
_FLUSH_SECONDS: Final = 0.5


class Console:
    """Writes whole lines from many threads, and never blocks them.

    If nobody reads the output, for example a full pipe, lines are dropped.
    """

    def __init__(self, output: int = _STANDARD_OUTPUT) -> None:
        """Write to a file descriptor.

        Not to sys.stdout: Python cannot end while a thread is blocked in it.
        """
        # A duplicate: after the caller has closed the original, its number may be reused.
        self._output = os.dup(output)
        self._lines: queue.Queue[str | None] = queue.Queue(WAITING_LINES)
        self._writer = threading.Thread(target=self._write, daemon=True)
        self._writer.start()

    def say(self, text: str) -> None:
        """Write a line."""
        with contextlib.suppress(queue.Full):
            self._lines.put_nowait(text)

    def note(self, text: str) -> None:
        """Write a line with the local time of day, to the millisecond, in front."""
        self.say(f"{datetime.now().astimezone().time().isoformat('milliseconds')}  {text}")

    def request(self, call: Call, reply: Reply) -> None:
        """Write the line of a request: status, milliseconds, method, target, id."""
        took, asked = (time.time() - call.started) * 1000, call.request
        self.note(f"{reply.status} {took:7.1f} ms  {asked.method:<7} {asked.target}  {call.id}")

    def close(self) -> None:
        """Write the remaining lines, if they are read soon."""
        with contextlib.suppress(queue.Full):
            self._lines.put_nowait(None)
            self._writer.join(_FLUSH_SECONDS)

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            left = f"{line}\n".encode(errors="replace")
            with contextlib.suppress(OSError):  # the reader closed the pipe; the system continues
                while left:
                    left = left[os.write(self._output, left) :]
        os.close(self._output)
