"""Server programs that run beside this process, on ports of their own."""

import http.client
import socket
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local.lifeline import Guarded
from local.settings import LocalError

HOST: Final = "127.0.0.1"
START_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.01


@dataclass(frozen=True)
class Service:
    """A running server.

    Attributes:
        name: What it is called in messages.
        port: Where it listens.
        program: The process behind it.
        log: File of its output, if any.
    """

    name: str
    port: int
    program: Guarded
    log: Path | None

    @property
    def endpoint(self) -> str:
        """Its base URL."""
        return f"http://{HOST}:{self.port}"

    def wait(self) -> None:
        """Block until it answers.

        Raises:
            LocalError: It ended, or has not answered for START_SECONDS.
        """
        deadline = time.monotonic() + START_SECONDS
        while not answers(self.port):
            if self.program.ended or time.monotonic() > deadline:
                message = f"{self.name} did not start on port {self.port}; see {self.log}"
                raise LocalError(message)
            time.sleep(POLL_SECONDS)

    def stop(self) -> None:
        """End it; what it wrote on disk stays."""
        self.program.stop()


def free_port(wanted: int | None = None) -> int:
    """Find a port that nothing listens on.

    Args:
        wanted: The only port that will do; any if None.

    Raises:
        LocalError: The wanted port is taken.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, wanted or 0))
        except OSError:
            message = f"port {wanted} is in use"
            raise LocalError(message) from None
        return int(probe.getsockname()[1])


def answers(port: int) -> bool:
    """Return whether an HTTP server answers on the port, with whatever status."""
    with closing(http.client.HTTPConnection(HOST, port, timeout=5)) as connection:
        try:
            connection.request("GET", "/")
            connection.getresponse()
        except (OSError, http.client.HTTPException):
            return False
        return True
