"""What the person who runs the local system sees."""

import contextlib
import os
import queue
import threading
import time
from typing import Final

from local.gateway.events import Call
from local.gateway.http import Reply

_STANDARD_OUTPUT: Final = 1
WAITING_LINES: Final = 10_000
_FLUSH_SECONDS: Final = 0.5


class Console:
    """Writes whole lines, from many threads, without holding any of them up.

    A reader who does not read, a pipe that nobody empties for instance, must
    not stop the system: what finds no room is dropped.
    """

    def __init__(self, output: int = _STANDARD_OUTPUT) -> None:
        """Write to a file descriptor.

        Not to sys.stdout: Python could not end while a thread is stuck in it.

        Args:
            output: Where lines go.
        """
        # A descriptor of its own: after the caller has closed theirs, its number may be another's.
        self._output = os.dup(output)
        self._lines: queue.Queue[str | None] = queue.Queue(WAITING_LINES)
        self._writer = threading.Thread(target=self._write, daemon=True)
        self._writer.start()

    def say(self, text: str) -> None:
        """Write a line."""
        try:
            self._lines.put_nowait(text)
        except queue.Full:
            return

    def note(self, text: str) -> None:
        """Write a line with the time before it."""
        self.say(f"{clock()}  {text}")

    def request(self, call: Call, reply: Reply) -> None:
        """Write the line of a request: status, milliseconds, method, target, id."""
        took = (time.time() - call.started) * 1000
        request = f"{call.request.method:<7} {call.request.target}"
        self.note(f"{reply.status} {took:7.1f} ms  {request}  {call.id}")

    def close(self) -> None:
        """Write what is waiting, if it is read soon."""
        try:
            self._lines.put_nowait(None)
        except queue.Full:
            return
        self._writer.join(_FLUSH_SECONDS)

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            left = f"{line}\n".encode(errors="replace")
            with contextlib.suppress(OSError):  # the reader is gone; clients still count on us
                while left:
                    left = left[os.write(self._output, left) :]
        os.close(self._output)


def clock() -> str:
    """Give the local time of day to the millisecond."""
    now = time.time()
    return f"{time.strftime('%H:%M:%S', time.localtime(now))}.{int(now % 1 * 1000):03d}"
