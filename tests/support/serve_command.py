"""`make serve` as a command that a test runs, and the processes that it leaves."""

import contextlib
import http.client
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from local.seed import API_KEY
from local.settings import PROJECT


class Serve:
    """A run of the command.

    Attributes:
        process: The process.
        port: Port of the API, once it is ready.
        output: What it has written, line by line.
    """

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.port = 0
        self.output: list[str] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "local", "serve"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=PROJECT,
            env=os.environ | {"PORT": "0", "LOCAL_DIR": str(folder), **settings},
        )

    def until_ready(self) -> None:
        """Wait until it says that it is ready."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output.append(line)
            if ready := re.fullmatch(r"ready +http://127\.0\.0\.1:(\d+)\n", line):
                self.port = int(ready[1])
                return
        pytest.fail("".join(self.output))

    def headers(self, method: str, path: str) -> tuple[int, Message]:
        """Make a request; return the status and the headers of the answer."""
        given = {"Authorization": f"App {API_KEY}"}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as client:
            client.request(method, path, None, given)
            response = client.getresponse()
            return response.status, response.headers

    def request(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """Make a request."""
        headers = {"Authorization": f"App {API_KEY}", "Content-Type": "application/json"}
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as client:
            client.request(method, path, None if body is None else json.dumps(body), headers)
            response = client.getresponse()
            content = response.read()
        return response.status, json.loads(content) if content else None


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[Serve]:
    """Run the command until it is ready, for the length of a with block."""
    run = Serve(folder, **settings)
    try:
        run.until_ready()
        yield run
    finally:
        run.process.kill()
        run.process.communicate()


def refusal(folder: Path, **settings: str) -> str:
    """Run the command where it must fail.

    Returns:
        All that it writes before it ends.
    """
    run = Serve(folder, **settings)
    output, _ = run.process.communicate(timeout=120)
    assert run.process.returncode == 1
    return output


def until_nothing_runs(folder: Path) -> None:
    """Wait until no process of a run is left."""
    deadline = time.monotonic() + 20
    while running := [command for command in processes() if str(folder) in command]:
        assert time.monotonic() < deadline, running
        time.sleep(0.05)


def processes() -> Iterator[str]:
    """List the environments and command lines of all processes."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            environment = (folder / "environ").read_text(errors="replace")
            yield environment + (folder / "cmdline").read_text(errors="replace")
