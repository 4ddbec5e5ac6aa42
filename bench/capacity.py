"""Operations within a table's limits, beside clients of the same account.

The whole system is served on this machine, with the capacity model between the functions and
DynamoDB Local: every partition key takes ``BENCH_PARTITION_WRITES`` write units a second (300, a
third of the real thing, unless said otherwise). An application with ``BENCH_LIMITED_LINKS`` links
is deleted, and while its reset runs, clients create ten links a second in the same account. A
second round deletes two applications at once.
"""

import json
import os
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Final
from unittest.mock import patch

from bench.beside import beside
from bench.resets import association
from capacity.proxy import control
from local import lifeline
from local.seed import API_KEY
from local.service import free_port
from provisioning.aws import bounds
from provisioning.core import ids
from provisioning.core.clock import now
from provisioning.core.kinds import APPLICATION
from provisioning.resources import association_items, parents
from provisioning.table import dynamodb, writes

ACCOUNT: Final = "local"
LINKS: Final = int(os.environ.get("BENCH_LIMITED_LINKS", "3000"))
PARTITION_WRITES: Final = int(os.environ.get("BENCH_PARTITION_WRITES", "300"))
UNITS_A_LINK: Final = 4
"""Units that moving a link takes of the partition of an account's associations: two items there."""
CREATES_A_SECOND: Final = 10
START_SECONDS: Final = 120.0
PATIENCE_SECONDS: Final = 60.0
AIMS: Final = {
    "share of the limit": 0.7,
    "refused": 0.1,
    "creates that succeed": 0.99,
    "p99 of creates, s": 1.0,
    "error of the estimate": 0.25,
}


@dataclass
class System:
    """The served system.

    Attributes:
        url: Base URL of the API.
        capacity: Endpoint of the capacity model.
        key: The API key of the requests.
    """

    url: str
    capacity: str
    key: str = API_KEY

    def call(self, method: str, path: str, body: object = None) -> tuple[int, Any, Any]:
        """Make a request; return the answer's status, headers and document."""
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"App {self.key}", "Content-Type": "application/json"}
        url = f"{self.url}/provisioning/1/{path}"
        request = urllib.request.Request(url, data, headers, method=method)  # noqa: S310 - http only
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                content = answer.read()
                return answer.status, answer.headers, json.loads(content) if content else None
        except urllib.error.HTTPError as error:
            return error.code, error.headers, None


@dataclass
class Clients:
    """Clients that create links, ten a second, whether or not the earlier ones are answered.

    Attributes:
        system: What they call.
        answers: Status and seconds of each create.
    """

    system: System
    answers: list[tuple[int, float]] = field(default_factory=list)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Create while the block runs."""
        threads = ThreadPoolExecutor(CREATES_A_SECOND * 3)
        with threads, beside(partial(self._create_many, threads)):
            yield

    def _create_many(self, threads: ThreadPoolExecutor, ended: threading.Event) -> None:
        for number in range(10**9):
            if ended.wait(1 / CREATES_A_SECOND):
                return
            threads.submit(self._create, f"c{time.monotonic_ns()}-{number}")

    def _create(self, resource_id: str) -> None:
        link = association("default", 0)._replace(resource_id=resource_id).members()
        began = time.monotonic()
        status, _, _ = self.system.call("POST", "associations", link)
        self.answers.append((status, time.monotonic() - began))

    def figures(self) -> dict[str, float]:
        """Return what share succeeded, and how long the slowest in a hundred took."""
        seconds = sorted(seconds for _, seconds in self.answers)
        created = sum(status == 201 for status, _ in self.answers)  # noqa: PLR2004 - HTTP
        return {
            "creates that succeed": round(created / len(seconds), 4),
            "p99 of creates, s": round(seconds[int(len(seconds) * 0.99)], 3),
        }


@contextmanager
def served(
    capacity: str = f"partition-writes={PARTITION_WRITES}", data: Path | None = None
) -> Iterator[System]:
    """Serve the system for the length of a with block.

    Args:
        capacity: The limits of the capacity model; "" for none.
        data: The folder of its data, which stay there; None for memory.

    Raises:
        RuntimeError: It did not start.
    """
    with tempfile.TemporaryDirectory() as temporary:
        folder, output = data or Path(temporary), Path(temporary) / "output"
        settings = {
            "PORT": str(free_port()),
            "DATA": "memory" if data is None else "disk",
            "LOCAL_DIR": str(folder),
            "CAPACITY": capacity,
            "PARAMETERS": "AccountRequestsPerSecond=0 KeyRequestsPerSecond=0",
        }
        with output.open("wb") as file:
            command = [sys.executable, "-m", "local", "serve"]
            program = lifeline.start(command, output=file, env=os.environ | settings)
        try:
            deadline = time.monotonic() + START_SECONDS
            while "ready" not in output.read_text():
                if program.ended or time.monotonic() > deadline:
                    raise RuntimeError(output.read_text())
                time.sleep(0.1)
            words = output.read_text().split()
            model = words[words.index("capacity") + 1].removesuffix("/capacity") if capacity else ""
            lines = (folder / "env").read_text().splitlines()
            os.environ |= dict(line.removeprefix("export ").split("=", 1) for line in lines)
            dynamodb.client.cache_clear()
            # The engine takes longer over a megabyte than DynamoDB does.
            with patch.object(bounds, "READ_SECONDS", PATIENCE_SECONDS):
                yield System(f"http://127.0.0.1:{settings['PORT']}", model)
        finally:
            program.stop()


def seed(application_id: str, links: int) -> None:
    """Link so many resources to a new application, past the capacity model."""
    parents.create(ACCOUNT, APPLICATION, application_id, None)
    generation = parents.get(ACCOUNT, APPLICATION, application_id)["generation"]
    marks = {"applicationGeneration": generation}
    items = [
        item
        for number in range(links)
        for item in association_items.items_of(
            ACCOUNT, association(application_id, number), ids.new_id(), marks
        )
    ]
    with ThreadPoolExecutor(4) as threads:
        batches = [items[start : start + 100] for start in range(0, len(items), 100)]
        list(threads.map(lambda batch: writes.batch_write(batch, []), batches))


def reset_beside_clients(system: System) -> dict[str, float]:
    """Reset an application's links while clients create others; return the figures."""
    seed("shop", LINKS)
    control(system.capacity, "DELETE")
    clients = Clients(system)
    with clients.at_work():
        seconds, errors = finish(system, [delete(system, "applications/shop")])
    statistics = control(system.capacity)
    moves = {name: statistics[name].get("TransactWriteItems", 0) for name in ("calls", "refused")}
    limit = PARTITION_WRITES / UNITS_A_LINK
    return {
        "seconds": round(seconds[0], 1),
        "links/s": round(LINKS / seconds[0], 1),
        "share of the limit": round(LINKS / seconds[0] / limit, 3),
        "refused": round(moves["refused"] / moves["calls"], 3),
        "error of the estimate": round(errors[0], 3),
        "error of the time left": round(errors[1], 3),
        **clients.figures(),
    }


def two_resets(system: System) -> dict[str, float]:
    """Reset two applications of one account at once; return how they have shared."""
    for name in ("one", "two"):
        seed(name, LINKS // 3)
    operations = [delete(system, f"applications/{name}") for name in ("one", "two")]
    seconds, _ = finish(system, operations)
    return {"first, s": round(min(seconds), 1), "second, s": round(max(seconds), 1)}


def delete(system: System, path: str) -> str:
    """Delete an application or entity; return the operation's path.

    Raises:
        RuntimeError: It was refused.
    """
    status, headers, _ = system.call("DELETE", path)
    if status != 200:  # noqa: PLR2004 - HTTP
        message = f"the delete was answered {status}"
        raise RuntimeError(message)
    return str(headers["Operation-Location"]).partition("/provisioning/1/")[2]


def finish(system: System, paths: list[str]) -> tuple[list[float], tuple[float, float]]:
    """Wait for operations; return the seconds of each, and how wrong the first one's estimate was.

    The errors are the worst of all estimates of the end from a tenth on: in parts of the whole
    time, and of the time that was left, which counts as a tenth of the whole at least.

    Raises:
        RuntimeError: One has failed.
    """
    ended: dict[str, dict[str, Any]] = {}
    estimates: list[tuple[str, str]] = []
    while len(ended) < len(paths):
        time.sleep(1)
        for path in paths:
            _, _, operation = system.call("GET", path)
            if operation is None:
                continue
            if operation["state"] == "FAILED":
                raise RuntimeError(json.dumps(operation))
            if "endedAt" in operation:
                ended[path] = operation
            elif (
                path == paths[0]
                and operation["done"] >= LINKS / 10
                and "estimatedEndAt" in operation
            ):
                estimates.append((now(), operation["estimatedEndAt"]))
    first = ended[paths[0]]
    end, whole = moment(first["endedAt"]), moment(first["endedAt"]) - moment(first["requestedAt"])
    wrong = [(abs(moment(estimate) - end), end - moment(at)) for at, estimate in estimates]
    of_whole = max((error / whole for error, _ in wrong), default=0.0)
    of_rest = max((error / max(left, whole / 10) for error, left in wrong), default=0.0)
    seconds = [moment(each["endedAt"]) - moment(each["requestedAt"]) for each in ended.values()]
    return seconds, (of_whole, of_rest)


def moment(text: str) -> float:
    """Return a moment in seconds since 1970."""
    return datetime.fromisoformat(text).timestamp()


def run() -> dict[str, Any]:
    """Measure, print the figures and return them; ``met`` says whether every aim is."""
    with served() as system:
        figures = reset_beside_clients(system)
        shares = two_resets(system)
    for name, value in (figures | shares).items():
        print(f"{name:24} {value}", flush=True)
    met = all(
        figures[name] >= aim if name in {"share of the limit", "creates that succeed"}
        else figures[name] <= aim
        for name, aim in AIMS.items()
    )  # fmt: skip
    limit = {"partition writes": PARTITION_WRITES}
    return {**limit, "reset": figures, "two resets": shares, "met": met}
