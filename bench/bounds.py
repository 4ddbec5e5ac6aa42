"""Read units of requests in an account that holds very much, counted by the capacity model.

The whole system is served on this machine. The account has an application with
``BENCH_BOUND_LINKS`` associations, and ``BENCH_OPERATIONS`` operations, 50,000 each unless said
otherwise. Once everything has caught up, each request is made with a key of the whole account and
with one that is restricted to the application. What it costs beyond what its answer shows must not
grow with the account.
"""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, Final

from bench.capacity import System, delete, finish, seed, served
from bench.resets import association
from capacity.proxy import control
from provisioning.core import ids
from provisioning.core.kinds import ENTITY
from provisioning.operations import lookup
from provisioning.resources import parents
from provisioning.table import items, operation_keys, writes
from provisioning.table.operation_types import Operation

ACCOUNT: Final = "local"
LINKS: Final = int(os.environ.get("BENCH_BOUND_LINKS", "50000"))
OPERATIONS: Final = int(os.environ.get("BENCH_OPERATIONS", "50000"))
AIM: Final = 100.0
"""Read units beyond what an answer shows."""
BATCH: Final = 100
QUIET_SECONDS: Final = 3.0
WAIT_SECONDS: Final = 900.0
UNLIMITED: Final = "partition-writes=1000000,partition-reads=1000000"
BULK: Final = 1000
REQUESTS: Final[tuple[tuple[str, str, object, int], ...]] = (
    *(
        ("GET", path, None, 1)
        for path in (
            "associations?size=1",
            "associations?size=1&entityId=null",
            "associations?size=1&applicationId=shop",
            "associations?size=1&applicationId=shop&resourceType=NUMBER",
            "associations?size=1&page=40000",
            "applications?size=1",
            "applications?size=1&include=counts",
            "applications/shop/impact",
            "operations?size=1",
            "operations?size=1&page=40000",
            "operations?size=1&applicationId=shop",
            "limits",
            "summary",
            "audit?size=1",
            "resources?size=1",
            "resources?size=1&unassigned=true",
        )
    ),
    ("DELETE", "applications/shop?onLinked=refuse", None, 0),
    (
        "POST",
        "associations/reassign",
        {
            "filter": {"applicationId": "shop"},
            "target": {"applicationId": "default"},
            "dryRun": True,
        },
        0,
    ),
    (
        "POST",
        "associations/bulk",
        {"link": [association("shop", number).members() for number in range(BULK)]},
        BULK * 3,
    ),
)
"""Method, path, body, and the read units of what the request names or its answer shows."""


def run() -> dict[str, Any]:
    """Measure each request, print the figures, and return them and whether all keep to the aim."""
    with served(UNLIMITED) as system:
        seed("shop", LINKS)
        fill_with_operations(system)
        caught_up(system)
        keys = {"account": system, "application": replace(system, key=restricted(system))}
        rows = [measured(key, used, *request) for request in REQUESTS for key, used in keys.items()]
    for row in rows:
        print(*row.values(), sep="\t", flush=True)
    return {"rows": rows, "met": all(row["beyond the answer"] <= AIM for row in rows)}


def fill_with_operations(system: System) -> None:
    """Copy an operation that has ended, as often as asked, past the API."""
    parents.create(ACCOUNT, ENTITY, "gone", None)
    identifier = delete(system, "entities/gone").rpartition("/")[2]
    finish(system, [f"operations/{identifier}"])
    operation = lookup.get(ACCOUNT, identifier)
    batches = range(0, OPERATIONS, BATCH)
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda _: writes.batch_write(copies(operation), []), batches))


def copies(operation: Operation) -> list[Any]:
    """Return a batch of copies of an operation, under ids of their own."""
    made = []
    for _ in range(BATCH):
        identifier = ids.new_id()
        key = operation_keys.operation(ACCOUNT, identifier)
        made.append({**operation, **items.key_attributes(key), "operationId": identifier})
    return made


def restricted(system: System) -> str:
    """Return the secret of a new key that covers the application alone."""
    body = {"name": "shop", "platform": [{"applicationId": "shop"}]}
    _, _, made = system.call("POST", "api-keys", body)
    return str(made["apiKey"])


def caught_up(system: System) -> None:
    """Wait until the lists count everything, and nothing more is read or written.

    Raises:
        RuntimeError: They do not.
    """
    deadline, totals = time.monotonic() + WAIT_SECONDS, list[int]()
    while time.monotonic() < deadline:
        answers = [system.call("GET", f"{path}?size=1") for path in ("associations", "operations")]
        totals = [content["paging"]["totalResults"] for _, _, content in answers if content]
        if totals == [LINKS, OPERATIONS + 1] and is_quiet(system):
            return
    message = f"the lists count {totals}"
    raise RuntimeError(message)


def is_quiet(system: System) -> bool:
    """Return whether nothing is read or written for some seconds."""
    control(system.capacity, "DELETE")
    time.sleep(QUIET_SECONDS)
    used = control(system.capacity)
    return not used["reads"] and not used["writes"]


def measured(
    key: str, system: System, method: str, path: str, body: object, shown: float
) -> dict[str, Any]:
    """Return what a request costs the second time, when caches of the process are warm."""
    system.call(method, path, body)
    control(system.capacity, "DELETE")
    status, _, _ = system.call(method, path, body)
    units = sum(control(system.capacity)["reads"].values())
    return {
        "key": key,
        "request": f"{method} {path}",
        "status": status,
        "read units": units,
        "beyond the answer": units - shown,
    }
