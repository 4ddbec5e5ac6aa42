"""Reassignments and undos: associations per second and units, compared with resets.

All three run in this process, on the same engine, one after the other, and are driven and counted
as resets are (``bench.resets``). After the undo, every association is compared with what it was.

``BENCH_LINKS`` sets other sizes, such as ``BENCH_LINKS=1000,10000,100000``.
"""

import time
from collections.abc import Callable, Mapping
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
    measured,
    reset,
)
from provisioning.core.kinds import APPLICATION
from provisioning.core.origins import COMMAND
from provisioning.operations import lookup, reassignments, undo
from provisioning.operations.target import Target
from provisioning.resources import association_items, parents
from provisioning.table import keys, reads, writes

AIM: Final = 1.0
"""Associations per second that a reassignment must reach, relative to a reset."""
NOISE: Final = 0.9
"""Share of the aim that is enough, because the machine does other things too."""
COLUMNS: Final = (
    "links", "reset: links/s", "reassign: links/s", "undo: links/s", "reassign ratio",
    "undo ratio", "reset: units/link", "reassign: units/link", "undo: units/link",
)  # fmt: skip


def run() -> dict[str, Any]:
    """Measure moves of growing size, print a table, and return its figures.

    Returns:
        ``rows``, one for each size, and ``met``: whether each reached the aim, within the noise.
    """
    rows = measured(measure, SIZES, COLUMNS)
    return {"rows": rows, "met": all(row["reassign ratio"] >= AIM * NOISE for row in rows)}


def measure(stream: Stream, links: int) -> dict[str, float]:
    """Return the figures of resets, reassignments and undos, made alternately."""
    rounds = [(reset(stream, links), *there_and_back(stream, links)) for _ in turns(links)]
    plain, moved, undone = (sum(one[at].seconds for one in rounds) for at in range(3))
    speeds = [round(links * len(rounds) / seconds) for seconds in (plain, moved, undone)]
    ratios = [round(plain / seconds, 2) for seconds in (moved, undone)]
    units = [round(one.write_units / links, 3) for one in rounds[-1]]
    return dict(zip(COLUMNS, (links, *speeds, *ratios, *units), strict=True))


def turns(links: int) -> range:
    """Return how often a size is measured."""
    return range(max(1, ENOUGH // links))


def there_and_back(stream: Stream, links: int) -> tuple[Measured, Measured]:
    """Reassign associations to another application, and undo that.

    Raises:
        RuntimeError: The associations are not as before.
    """
    name = f"a{time.monotonic_ns()}"
    for application_id in (name, f"{name}-target"):
        parents.create(ACCOUNT, APPLICATION, application_id, None)
    generation = parents.get(ACCOUNT, APPLICATION, name)["generation"]
    for items in made(name, generation, links):
        writes.batch_write(items, [])
    before = associations_of(name)
    target = Target(f"{name}-target", None, keeps_entity=True)
    filters = {"applicationId": name}
    moved = timed(stream, links, lambda: reassignments.start(ACCOUNT, filters, target, COMMAND))
    newest = lookup.list_page(ACCOUNT, 0, 1).items[0]["operationId"]
    undone = timed(stream, links, lambda: undo.undo(ACCOUNT, newest, COMMAND))
    if associations_of(name) != before:
        message = "The associations are not as before"
        raise RuntimeError(message)
    return moved, undone


def associations_of(application_id: str) -> list[Mapping[str, Any]]:
    """Return the associations of an application, as clients see them."""
    found = reads.query_all(keys.associations(ACCOUNT, application_id))
    return [association_items.shown(item) for item in found]


def timed(stream: Stream, links: int, begin: Callable[[], str]) -> Measured:
    """Start an operation, carry it out, and return its cost."""
    operation_id = begin()
    return counted(stream, operation_id, links, lambda: drive(operation_id))
