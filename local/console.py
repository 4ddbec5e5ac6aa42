"""What the person who runs the local system sees."""

import sys
import threading
import time
from typing import TextIO

from local.gateway.events import Call
from local.gateway.http import Reply


class Console:
    """Writes whole lines, from many threads."""

    def __init__(self, output: TextIO = sys.stdout) -> None:
        """Write to a stream.

        Args:
            output: Where lines go.
        """
        self._output = output
        self._lock = threading.Lock()

    def say(self, text: str) -> None:
        """Write a line at once; a reader who has gone does not matter."""
        with self._lock:
            try:
                self._output.write(f"{text}\n")
                self._output.flush()
            except (BrokenPipeError, ValueError):
                return

    def note(self, text: str) -> None:
        """Write a line with the time before it."""
        self.say(f"{clock()}  {text}")

    def request(self, call: Call, reply: Reply) -> None:
        """Write the line of a request: method, path, status, milliseconds, id."""
        took = (time.time() - call.started) * 1000
        request = f"{call.request.method:<7} {call.request.target}"
        self.note(f"{reply.status} {took:7.1f} ms  {request}  {call.id}")


def clock() -> str:
    """Give the local time of day to the millisecond."""
    now = time.time()
    return f"{time.strftime('%H:%M:%S', time.localtime(now))}.{int(now % 1 * 1000):03d}"
