"""Senders: calls, units, time and processor time of a choice, beside a plain query of the pool.

All ways read the same data in the same run, on an engine in memory. Read units are what AWS charges
for the keys that are read: the engine does not count keys that no item has.
"""

import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any, Final, NamedTuple

from bench.pages import shown, table
from provisioning.accounts import principals
from provisioning.core import ids
from provisioning.core.identities import Identity
from provisioning.core.kinds import APPLICATION
from provisioning.core.origins import COMMAND
from provisioning.resources import association_items, parents, strategy_store
from provisioning.resources.sending_strategies import Platform, Strategy
from provisioning.senders import inbound, resolving, snapshots
from provisioning.senders.questions import Question
from provisioning.table import dynamodb, keys, reads, writes

ACCOUNT: Final = "bench"
ANYBODY: Final = principals.unrestricted(ACCOUNT)
TABLE: Final = "bench-senders"
POOLS: Final = (1, 100, 1_000)
REPEATS: Final = 40
DESTINATIONS: Final = 1_000
KEPT_SECONDS: Final = 3600.0
AIM_MILLISECONDS: Final = 2.0
"""Processor time that a warm choice may take beyond a plain read of one item."""
COLUMNS: Final = ("senders", "what", "calls", "read units", "ms", "processor ms")


class Cost(NamedTuple):
    """The median cost of a call of a function."""

    calls: int
    units: float
    milliseconds: float
    processor: float


def run() -> dict[str, Any]:
    """Measure choices from growing pools, print a table, and return the figures.

    Returns:
        ``costs``, a row for each measurement, and ``met``: whether a warm choice from the largest
        pool takes no more processor time beyond a plain read than it may.
    """
    with table(TABLE):
        rows = shown(COLUMNS, measured())
    over = {
        row["senders"]: round(row["processor ms"] - plain["processor ms"], 2)
        for row in rows
        for plain in rows
        if row["what"] == "resolve, warm"
        and (plain["senders"], plain["what"]) == (row["senders"], "plain: one item")
    }
    print(f"processor ms of a warm choice beyond a plain read: {over}")
    return {"costs": rows, "over": over, "met": over[max(POOLS)] <= AIM_MILLISECONDS}


def measured() -> Iterator[tuple[Any, ...]]:
    """Yield the costs of every way, for every size of the pool."""
    for size in POOLS:
        fill(size)
        for what, call, repeats in ways(size):
            yield size, what, *cost(call, repeats)


def fill(size: int) -> None:
    """Create an application with a strategy and senders."""
    name = application(size)
    parents.create(ACCOUNT, APPLICATION, name, None, COMMAND)
    generation = parents.get(ACCOUNT, APPLICATION, name)["generation"]
    made = [
        item
        for number in range(size)
        for item in association_items.items_of(
            ACCOUNT,
            Identity(name, "NUMBER", "SMS", sender(number), None),
            ids.new_id(),
            {"applicationGeneration": generation},
        )
    ]
    for start in range(0, len(made), writes.BATCH_WRITE_ITEMS):
        writes.batch_write(made[start : start + writes.BATCH_WRITE_ITEMS], [])
    strategy_store.create(ACCOUNT, Strategy(ids.new_id(), Platform(name), is_sticky=True))


def application(size: int) -> str:
    """Return the application with this number of senders."""
    return f"shop-{size}"


def sender(number: int) -> str:
    """Return a number of London."""
    return f"4420{70_000_000 + number}"


def ways(size: int) -> Iterator[tuple[str, Callable[[], Any], int]]:
    """Yield the measured calls: name, function, and number of repetitions."""
    name = application(size)
    question = Question("SMS", Platform(name))
    one = [(question, "447700900123")]
    many = [(question, f"447700{number:06}") for number in range(DESTINATIONS)]
    associations = keys.entity_links(ACCOUNT, None, "NUMBER", "SMS", name)
    first = keys.association(ACCOUNT, Identity(name, "NUMBER", "SMS", sender(0), None))

    def cold() -> None:
        snapshots.forget()
        resolving.resolve(ACCOUNT, one)

    cold()
    yield "plain: one item", lambda: reads.get(first), REPEATS
    yield "plain: the whole pool", lambda: list(reads.query_all(associations)), REPEATS // 4
    yield "resolve, platform not read before", cold, REPEATS // 4
    snapshots.KEPT_SECONDS = KEPT_SECONDS
    yield "resolve, warm", lambda: resolving.resolve(ACCOUNT, one), REPEATS
    yield f"resolve {DESTINATIONS} at once", lambda: resolving.resolve(ACCOUNT, many), 3
    yield "inbound", lambda: inbound.owners(ANYBODY, "SMS", sender(0), None), REPEATS


def cost(call: Callable[[], Any], repeats: int) -> Cost:
    """Return what a call costs: the medians of some repeats, after one that is not counted."""
    call()
    spent: list[tuple[float, float]] = []
    for _ in range(repeats):
        dynamodb.usage.reset()
        began, processor = time.perf_counter(), time.process_time()
        call()
        spent.append((time.perf_counter() - began, time.process_time() - processor))
    milliseconds, on_processor = (
        round(median(times) * 1000, 2) for times in zip(*spent, strict=True)
    )
    usage = dynamodb.usage
    return Cost(usage.calls, usage.read_units, milliseconds, on_processor)
