"""`make serve` starts, serves, keeps data and ends as one."""

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from local.gateway.http import Server
from local.seed import API_KEY
from local.settings import PROJECT

ENTITY = "/provisioning/1/entities/a%2Fb%3F%25%23%20%F0%9F%98%80"


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


def until_nothing_runs(folder: Path) -> None:
    """Wait until no process of a run is left."""
    deadline = time.monotonic() + 20
    while running := [command for command in processes() if str(folder) in command]:
        assert time.monotonic() < deadline, running
        time.sleep(0.05)


def refusal(folder: Path, **settings: str) -> str:
    """Run the command where it cannot go on.

    Returns:
        All that it writes before it ends.
    """
    run = Serve(folder, **settings)
    output, _ = run.process.communicate(timeout=120)
    assert run.process.returncode == 1
    return output


def processes() -> Iterator[str]:
    """List the environments and command lines of all processes."""
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            environment = (folder / "environ").read_text(errors="replace")
            yield environment + (folder / "cmdline").read_text(errors="replace")


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


def test_data_survives_a_kill(tmp_path: Path) -> None:
    entity = {"entityId": "a/b?%# 😀", "entityName": "x"}
    with serving(tmp_path) as first:
        assert first.request("POST", "/provisioning/1/entities", entity) == (201, None)
        assert first.request("GET", ENTITY) == (200, entity)
        first.process.send_signal(signal.SIGKILL)
        first.process.wait()

    with serving(tmp_path) as second:
        assert second.request("GET", ENTITY) == (200, entity)
        assert re.fullmatch(r"error: .*/data is in use by process \d+\n", refusal(tmp_path))
        assert second.request("GET", "//provisioning/1/entities")[0] == 200
        status, error = second.request("GET", "/nothing")
        assert (status, error["requestError"]["serviceException"]["messageId"]) == (
            404,
            "NOT_FOUND",
        )
        second.process.send_signal(signal.SIGTERM)
        assert second.process.wait(timeout=20) == 0
    until_nothing_runs(tmp_path)


def test_pages_of_the_origin_that_is_named_may_read_every_answer(tmp_path: Path) -> None:
    origin = "https://shop.example.com"
    with serving(tmp_path, DATA="memory", PARAMETERS=f"CorsAllowedOrigin={origin}") as system:
        for method, path, expected in (
            ("OPTIONS", "/provisioning/1/applications/shop", 200),
            ("GET", "/provisioning/1/applications", 200),
            ("GET", "/provisioning/1/applications/shop", 404),
            ("GET", "/nothing", 404),
        ):
            status, headers = system.headers(method, path)
            assert (status, headers["Access-Control-Allow-Origin"]) == (expected, origin)
        _, preflight = system.headers("OPTIONS", "/provisioning/1/applications/shop")
        assert preflight["Access-Control-Allow-Methods"] == "DELETE,GET,OPTIONS,PATCH,PUT"
        assert "If-Match" in preflight["Access-Control-Allow-Headers"]


def test_a_port_in_use_is_one_clear_line_and_leaves_nothing_running(tmp_path: Path) -> None:
    taken = Server("127.0.0.1", 0)
    port = taken.port
    refused = refusal(tmp_path, PORT=str(port))
    taken.stop()
    until_nothing_runs(tmp_path)

    assert refused == f"error: cannot listen on port {port}: Address already in use\n"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"PORT": "many"}, "PORT must be a whole number, not 'many'"),
        ({"DATA": "tape"}, "DATA must be disk or memory, not 'tape'"),
        ({"PARAMETERS": "=x"}, "PARAMETERS must be Name=value pairs, not '=x'"),
        ({"TEMPLATE": "/nowhere.yaml"}, "cannot read /nowhere.yaml: No such file or directory"),
    ],
)
def test_a_setting_that_makes_no_sense_is_one_clear_line(
    tmp_path: Path, settings: dict[str, str], message: str
) -> None:
    assert refusal(tmp_path, **settings) == f"error: {message}\n"
