"""The whole system served on this machine, as `make serve` does it, for clients of all kinds."""

import os
import shlex
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from local import lifeline, service
from local.settings import PROJECT

START_SECONDS = 60.0


@dataclass(frozen=True)
class Served:
    """A running system.

    Attributes:
        url: Base URL of the API.
        folder: Where it keeps its data, logs and caches.
    """

    url: str
    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        """The variables with which AWS tools reach its table, and `TABLE_NAME`."""
        lines = (self.folder / "env").read_text().splitlines()
        pairs = (shlex.split(line)[1].partition("=") for line in lines)
        return {name: value for name, _, value in pairs}

    def new_account(self, account: str = "") -> str:
        """Create an account as an operator does, and return its API key."""
        return self.command("create-account", account or f"account-{uuid.uuid4()}")

    def command(self, *arguments: str) -> str:
        """Give a command as an operator does, and return what it prints."""
        table = self.environment["TABLE_NAME"]
        run = subprocess.run(
            [sys.executable, "-m", "ops", "--table", table, *arguments],
            env=os.environ | self.environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return run.stdout.strip()


@contextmanager
def served(folder: Path) -> Iterator[Served]:
    """Serve the API, its table in memory, for the length of a with block."""
    port = service.free_port()
    output = folder / "output"
    settings = {"PORT": str(port), "DATA": "memory", "LOCAL_DIR": str(folder)}
    command = [sys.executable, "-m", "local", "serve"]
    with output.open("wb") as file:
        program = lifeline.start(command, output=file, env=os.environ | settings)
    try:
        wait_until_ready(program, output)
        yield Served(f"http://127.0.0.1:{port}", folder)
    finally:
        program.stop()


def wait_until_ready(program: lifeline.Guarded, output: Path) -> None:
    """Block until the system has said that it is ready."""
    deadline = time.monotonic() + START_SECONDS
    while "\nready " not in output.read_text():
        assert not program.ended, output.read_text()
        assert time.monotonic() < deadline, output.read_text()
        time.sleep(service.POLL_SECONDS)


def client_python(name: str) -> Path:
    """Return the Python of the environment that `make` installs a client in."""
    python = PROJECT / ".venvs" / name / "bin" / "python"
    assert python.exists(), f"{name} is not installed: run `make clients`"
    return python
