"""How far lists and totals are behind the items: at a steady rate, and after a bulk.

The whole system is served on this machine. This process writes to its table, past the API, so
that nothing counts but the follower of the stream, and makes bulk requests, which count. Totals are
read as clients read them. A total is as old as the time since there were as many items as it says.
Then the same is measured on a table in memory that answers as fast as DynamoDB
(``bench.latency``), without the API.

``BENCH_RATE``, ``BENCH_SECONDS`` and ``BENCH_BULK`` set other sizes.
"""

import os
import threading
import time
from bisect import bisect_right
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from bench import latency
from bench.beside import beside
from bench.capacity import System, served
from bench.resets import association
from provisioning.core import ids
from provisioning.core.identities import Identity
from provisioning.core.kinds import APPLICATION, ENTITY
from provisioning.core.origins import COMMAND
from provisioning.paging import pages
from provisioning.resources import association_items, parents
from provisioning.table import keys, writes

ACCOUNT: Final = "local"
OTHER: Final = "other"
RATE: Final = int(os.environ.get("BENCH_RATE", "200"))
SECONDS: Final = int(os.environ.get("BENCH_SECONDS", "30"))
BULK: Final = int(os.environ.get("BENCH_BULK", "50000"))
BASE: Final = 10_000
BATCH: Final = 50
"""Associations that are written together, at the steady rate: a bulk request counts so many."""
AIM_STEADY: Final = 2.0
AIM_BULK: Final = 10.0
DONE: Final = (201, 409)
"""Statuses of an element that exists, also if the answer to its creation was lost."""
LISTS: Final = ("applicationId=shop", "entityId=null", "resourceType=NUMBER")
TICK_SECONDS: Final = 0.1
WAIT_SECONDS: Final = 900.0
PERCENT: Final = 0.99
Look = Callable[[], list[int]]
"""Returns the totals of the lists, as clients see them."""


@dataclass
class History:
    """When there were how many associations.

    Attributes:
        times: Moments, in order.
        counts: How many there were since each.
    """

    times: list[float] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, count: int) -> None:
        """Note that so many more have been written."""
        with self._lock:
            self.times.append(time.monotonic())
            self.counts.append((self.counts[-1] if self.counts else 0) + count)

    def age(self, total: int) -> float:
        """Return for how long there have been more than a total says."""
        position = bisect_right(self.counts, total)
        return time.monotonic() - self.times[position] if position < len(self.counts) else 0.0


def run() -> dict[str, Any]:
    """Measure the lag, print it, and return the figures and whether they reach the aims.

    On the engine, only bulk requests must reach the aims. On the table that answers as fast as
    DynamoDB, every figure must.
    """
    with served("") as system:
        writer = prepared(system)
        look = partial(totals, system)
        caught_up(look, writer)
        for number in range(300):
            parents.create(OTHER, ENTITY, f"e{number}", None)
        steps = ((writer.one, 1), (writer.batch, BATCH), (writer.bulk, BATCH))
        steady = [steadily(look, writer, step, each) for step, each in steps]
        bulks = [in_bulk(look, writer, fill) for fill in (writer.write, writer.request)]
    swift = swiftly()
    met = all(row["most, s"] <= AIM_STEADY for row in (steady[-1], *swift["steady"]))
    met = met and all(row["behind after it, s"] <= AIM_BULK for row in (bulks[-1], swift["bulk"]))
    return {"rows": [*steady, *bulks], "as fast as DynamoDB": swift, "met": met}


def swiftly() -> dict[str, Any]:
    """Measure the same on a table that answers as fast as DynamoDB does; return the figures."""
    print("A table that answers as fast as DynamoDB:", flush=True)
    with latency.followed() as table:
        writer = prepared(System("", ""))  # which makes no request
        look = partial(latency.totals, ACCOUNT)
        caught_up(look, writer)
        table.is_slow = True
        steps = ((writer.one, 1), (writer.batch, BATCH))
        steady = [steadily(look, writer, step, each) for step, each in steps]
        return {"steady": steady, "bulk": in_bulk(look, writer, writer.write)}


def prepared(system: System) -> "Writer":
    """Write what there is before anything is measured, and return what wrote it."""
    parents.create(ACCOUNT, APPLICATION, "shop", None)
    generation = parents.get(ACCOUNT, APPLICATION, "shop")["generation"]
    writer = Writer(generation, History(), system)
    writer.write(BASE)
    return writer


@dataclass
class Writer:
    """Writes associations, as many at a time as asked, and notes when."""

    generation: str
    history: History
    system: System
    _next: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def write(self, count: int) -> None:
        """Write so many associations at full speed, 25 items in a call."""
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(self._batch, self._numbers(count, 8)))

    def request(self, count: int) -> None:
        """Create associations by bulk requests of 1,000, two at a time."""
        with ThreadPoolExecutor(2) as threads:
            list(threads.map(self._request, self._numbers(count, 1000)))

    def _request(self, numbers: range) -> None:
        pending = [self._association(number).members() for number in numbers]
        while pending:
            status, _, content = self.system.call("POST", "associations/bulk", {"link": pending})
            if content is None and status < 429:  # noqa: PLR2004 - HTTP: neither refused nor late
                message = f"a bulk request was answered {status}"
                raise RuntimeError(message)
            results = content["results"] if content else ()
            done = {each["index"] for each in results if each["status"] in DONE}
            self.history.add(len(done))
            pending = [each for place, each in enumerate(pending) if place not in done]

    def _numbers(self, count: int, at_once: int) -> Iterator[range]:
        for start in range(0, count, at_once):
            yield self._take(min(at_once, count - start))

    def _batch(self, numbers: range) -> None:
        writes.batch_write([item for number in numbers for item in self._items(number)], [])
        self.history.add(len(numbers))

    def one(self) -> None:
        """Write one association as a request does."""
        (number,) = self._take(1)
        writes.transact([writes.create(item) for item in self._items(number)])
        self.history.add(1)

    def batch(self) -> None:
        """Write some associations, without conditions."""
        self._batch(self._take(BATCH))

    def bulk(self) -> None:
        """Create some associations by one bulk request."""
        self._request(self._take(BATCH))

    def _take(self, count: int) -> range:
        with self._lock:
            self._next += count
            return range(self._next - count, self._next)

    def _items(self, number: int) -> list[Any]:
        given, marks = self._association(number), {"applicationGeneration": self.generation}
        return [*association_items.items_of(ACCOUNT, given, ids.new_id(), marks, COMMAND)]

    def _association(self, number: int) -> Identity:
        # Numbers are spread over the list, as those of customers are.
        return association("shop", number * 7_919 % 10_000_019)


def totals(system: System) -> list[int]:
    """Return the totals of the lists."""
    found = []
    for query in LISTS:
        status, _, content = system.call("GET", f"associations?size=1&{query}")
        if status == 200:  # noqa: PLR2004 - HTTP
            found.append(content["paging"]["totalResults"])
    return found


def caught_up(look: Look, writer: Writer) -> float:
    """Wait until all totals are right; return the seconds that took."""
    began = time.monotonic()
    while set(look()) != {writer.history.counts[-1]}:
        if time.monotonic() - began > WAIT_SECONDS:
            message = f"totals stay at {look()}"
            raise RuntimeError(message)
        time.sleep(TICK_SECONDS)
    return time.monotonic() - began


def steadily(look: Look, writer: Writer, step: Callable[[], None], each: int) -> dict[str, Any]:
    """Write at a steady rate, and return how old the totals were.

    Args:
        look: Returns the totals.
        writer: What writes.
        step: Writes some associations.
        each: How many.
    """
    ages = list[float]()

    def watch(ended: threading.Event) -> None:
        while not ended.wait(TICK_SECONDS):
            ages.extend(writer.history.age(total) for total in look())

    began = time.monotonic()
    with beside(watch):
        with ThreadPoolExecutor(8) as threads:
            for number in range(0, RATE * SECONDS, each):
                time.sleep(max(0.0, began + number / RATE - time.monotonic()))
                threads.submit(step).add_done_callback(Future.result)
        seconds = time.monotonic() - began
    ages.sort()
    figures = {
        "by": step.__name__,
        "changes a second": round(RATE * SECONDS / seconds),
        "median, s": round(ages[len(ages) // 2], 2),
        "p99, s": round(ages[int(len(ages) * PERCENT)], 2),
        "most, s": round(ages[-1], 2),
        "after it, s": round(caught_up(look, writer), 2),
    }
    print(figures, flush=True)
    return figures


def in_bulk(look: Look, writer: Writer, fill: Callable[[int], None]) -> dict[str, Any]:
    """Write many at full speed, and return how long the totals were behind afterwards."""
    began = time.monotonic()
    with other_account() as waits:
        fill(BULK)
        written = time.monotonic()
        caught_up(look, writer)
        behind = time.monotonic() - written
    figures = {
        "by": "bulk requests" if fill == writer.request else "writes to the table",
        "associations": BULK,
        "written in, s": round(written - began, 1),
        "behind after it, s": round(behind, 1),
        "another account waited at most, s": round(max(waits, default=0.0), 1),
    }
    print(figures, flush=True)
    return figures


@contextmanager
def other_account() -> Iterator[list[float]]:
    """Create entities in another account for a block; yield how long each was not counted."""
    waits = list[float]()
    listed = [keys.parents(OTHER, ENTITY)]

    def work(ended: threading.Event) -> None:
        total = pages.total(listed)
        while not ended.wait(1.0):
            parents.create(OTHER, ENTITY, ids.new_id(), None)
            began, total = time.monotonic(), total + 1
            while pages.total(listed) < total:
                time.sleep(TICK_SECONDS)
            waits.append(time.monotonic() - began)

    with beside(work):
        yield waits
