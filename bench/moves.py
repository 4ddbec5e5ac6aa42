"""Reassignments and their undoing: links per second and units, beside resets of as many links.

All three run in this process, on the same engine, one after the other, and are driven and counted
as resets are (``bench.resets``). After the undoing, every link is compared with what it was.

``BENCH_LINKS`` names other sizes, such as ``BENCH_LINKS=1000,10000,100000``.
"""

import os
import time
from collections.abc import Callable
from typing import Any, Final

from bench.resets import (
    ACCOUNT,
    ENOUGH,
    SIZES,
    Measured,
    Stream,
    counted,
    drive,
    made,
    reset,
    table,
)
from provisioning.core.kinds import APPLICATION
from provisioning.core.origins import COMMAND
from provisioning.operations import lookup, reassignments, undo
from provisioning.operations.target import Target
from provisioning.resources import association_items, parents
from provisioning.table import keys, reads, writes

AIM: Final = 1.0
"""Links per second of a reassignment, against those of a reset, that are to be reached at least."""
NOISE: Final = 0.9
"""What of the aim is reached by chance or not, on a machine that does other things too."""
COLUMNS: Final = (
    "links", "reset: links/s", "reassign: links/s", "undo: links/s", "reassign ratio",
    "undo ratio", "reset: units/link", "reassign: units/link", "undo: units/link",
)  # fmt: skip


def run() -> dict[str, Any]:
    """Measure moves of growing size, print a table, and return its figures.

    Returns:
        ``rows``, one for each size, and ``met``: whether each reached the aim, but for noise.
    """
    sizes = [int(size) for size in os.environ.get("BENCH_LINKS", "").split(",") if size] or SIZES
    rows = []
    with table() as stream:
        measure(stream, SIZES[0])  # Engine and interpreter warm up.
        print(" | ".join(COLUMNS))
        for links in sizes:
            rows.append(measure(stream, links))
            print(" | ".join(f"{rows[-1][column]:{len(column)}}" for column in COLUMNS), flush=True)
    return {"rows": rows, "met": all(row["reassign ratio"] >= AIM * NOISE for row in rows)}


def measure(stream: Stream, links: int) -> dict[str, float]:
    """Reset, reassign and bring back so many links, by turns; return the figures."""
    rounds = [(reset(stream, links), *there_and_back(stream, links)) for _ in turns(links)]
    plain, moved, undone = (sum(one[at].seconds for one in rounds) for at in range(3))
    speeds = [round(links * len(rounds) / seconds) for seconds in (plain, moved, undone)]
    ratios = [round(plain / seconds, 2) for seconds in (moved, undone)]
    units = [round(one.write_units / links, 3) for one in rounds[-1]]
    return dict(zip(COLUMNS, (links, *speeds, *ratios, *units), strict=True))


def turns(links: int) -> range:
    """Return how often so many links are measured."""
    return range(max(1, ENOUGH // links))


def there_and_back(stream: Stream, links: int) -> tuple[Measured, Measured]:
    """Reassign so many links to another application, and undo that.

    Raises:
        RuntimeError: The links do not all stand as before.
    """
    name = f"a{time.monotonic_ns()}"
    for application_id in (name, f"{name}-target"):
        parents.create(ACCOUNT, APPLICATION, application_id, None)
    generation = parents.get(ACCOUNT, APPLICATION, name)["generation"]
    for items in made(name, generation, links):
        writes.batch_write(items, [])
    before = standing(name)
    target = Target(f"{name}-target", None, keeps_entity=True)
    filters = {"applicationId": name}
    moved = timed(stream, links, lambda: reassignments.start(ACCOUNT, filters, target, COMMAND))
    newest = lookup.list_page(ACCOUNT, 0, 1).items[0]["operationId"]
    undone = timed(stream, links, lambda: undo.undo(ACCOUNT, newest, COMMAND))
    if standing(name) != before:
        message = "The links do not stand as before"
        raise RuntimeError(message)
    return moved, undone


def standing(application_id: str) -> list[dict[str, Any]]:
    """Return the associations of an application, as clients see them."""
    links = reads.query_all(keys.associations(ACCOUNT, application_id))
    return [association_items.shown(link) for link in links]


def timed(stream: Stream, links: int, begin: Callable[[], str]) -> Measured:
    """Begin an operation, carry it out, and return what that took."""
    operation_id = begin()
    return counted(stream, operation_id, links, lambda: drive(operation_id))
