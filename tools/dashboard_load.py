"""Serves the system and keeps it busy, for a picture of its dashboard (``tools.dashboard``)."""

import os
import random
import shlex
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

import requests

from local.settings import PROJECT

SECONDS: Final = 120.0
CLIENTS: Final = 2
LINKS: Final = 800
"""Associations of the application that is deleted on the way."""
CAPACITY: Final = "partition-writes=60,latency=2"
"""What a partition of the table takes: little enough that some writes are refused."""


@dataclass
class Busy:
    """A system that is being used.

    Attributes:
        url: Base URL of the API.
        capacity: Where the capacity model shows what it refused.
        environment: The variables that lead to its table and its queues.
    """

    url: str
    capacity: str
    environment: dict[str, str]

    def call(self, method: str, path: str, body: Any = None) -> requests.Response:
        """Send a request as a client does."""
        headers = {"Authorization": "App local-key"}
        return requests.request(
            method, f"{self.url}/provisioning/1/{path}", json=body, headers=headers, timeout=60
        )

    def prepare(self) -> None:
        """Start all functions, and create an application with many associations."""
        for name in ("shop", "old"):
            self._insist("POST", "applications", {"applicationId": name})
        for path, body in (
            ("entities", {"entityId": "first"}),
            ("associations", _association("shop", "447700900123")),
            ("messages", _message(0)),
        ):
            self._insist("POST", path, body)
        for first in range(0, LINKS, 100):
            links = [_association("old", f"4420{n:08d}") for n in range(first, first + 100)]
            self._insist("POST", "associations/bulk", {"link": links})

    def _insist(self, method: str, path: str, body: Any) -> None:
        """Send a request until no server error answers it: environments start slowly at first."""
        while self.call(method, path, body).status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
            time.sleep(1)

    def work(self) -> None:
        """Let clients use the API, and delete the application with many associations meanwhile."""
        end = time.monotonic() + SECONDS
        deletion = threading.Timer(SECONDS / 4, self.call, ("DELETE", "applications/old"))
        deletion.start()
        with ThreadPoolExecutor(CLIENTS) as clients:
            for number in range(CLIENTS):
                clients.submit(self._use, random.Random(number), end)  # noqa: S311
        deletion.join()

    def _use(self, chance: random.Random, end: float) -> None:
        while time.monotonic() < end:
            number = chance.randrange(1, 10_000)
            request = chance.choices(
                [
                    ("GET", "applications", None),
                    ("GET", "associations?applicationId=shop", None),
                    ("GET", f"entities/{number}", None),
                    ("POST", "entities", {"entityId": str(number)}),
                    ("POST", "associations", _association("shop", f"4477{number:08d}")),
                    ("POST", "messages", _message(number)),
                    ("POST", "applications", {"applicationId": " "}),
                ],
                [5, 5, 6, 4, 6, 2, 0.3],
            )[0]
            self.call(*request)


def _association(application_id: str, resource_id: str) -> dict[str, str]:
    return {
        "resourceType": "NUMBER",
        "channel": "SMS",
        "applicationId": application_id,
        "resourceId": resource_id,
    }


def _message(number: int) -> dict[str, Any]:
    platform = {"entityId": f"customer-{number}", "applicationId": "shop"}
    return {"messages": [{"sender": "InfoSMS", "options": {"platform": platform}}]}


@contextmanager
def serving(folder: Path) -> Iterator[Busy]:
    """Serve the system, empty and with limited capacity, for the length of a with block."""
    settings = {"PORT": "0", "DATA": "memory", "LOCAL_DIR": str(folder), "CAPACITY": CAPACITY}
    command = [sys.executable, "-m", "local", "serve"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=PROJECT, env=os.environ | settings
    ) as system:
        try:
            lines = _first_lines(system)
            threading.Thread(target=system.communicate, daemon=True).start()
            environment = _environment(folder / "env")
            os.environ.update(environment)
            yield Busy(lines["ready"], lines["capacity"], environment)
        finally:
            system.terminate()


def _first_lines(system: "subprocess.Popen[str]") -> dict[str, str]:
    """Return what the system prints before it is ready: each line's value by its first word."""
    lines: dict[str, str] = {}
    for line in system.stdout or ():
        word, _, rest = line.partition(" ")
        lines[word] = rest.strip()
        if word == "ready":
            break
    return lines


def _environment(file: Path) -> dict[str, str]:
    pairs = (shlex.split(line)[1].partition("=") for line in file.read_text().splitlines())
    return {name: value for name, _, value in pairs}
