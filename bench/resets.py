"""Resets: units and associations per second, compared with plain batches of as many writes.

Both run in this process, on the same engine in memory, one after the other. A reset is driven as
the table's stream drives it: each shard that is not done gets its next slice.

DynamoDB Local reports two units for a whole transaction, so write units are counted by AWS's rule
from the stream's images: in a transaction, two units for each KB of the old or new item, whichever
is larger (AWS, "Read and write operations"). Read units are those that the engine reports.

``BENCH_LINKS`` sets other sizes, such as ``BENCH_LINKS=1000,10000,100000``.
"""

import os
import resource
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final

from local import template
from local.settings import PROJECT, credentials
from local.stack import Stack
from local.streams.client import StreamsClient
from local.table import client as table_client
from local.table import create
from provisioning.core import ids
from provisioning.core.identities import Identity
from provisioning.core.kinds import APPLICATION
from provisioning.operations import deletions, lookup, shard_state, summary, worker
from provisioning.resources import association_items, parents
from provisioning.table import dynamodb, items, writes
from provisioning.table.items import Item
from tools import engines

SIZES: Final = (1_000, 10_000)
AIM: Final = 0.5
"""Associations per second that a reset must reach, relative to plain batches."""
ENOUGH: Final = 20_000
"""Associations after which a figure is reliable: smaller sizes are measured several times."""
ACCOUNT: Final = "bench"
TABLE: Final = "bench"
BATCH: Final = writes.BATCH_WRITE_ITEMS
KILOBYTE: Final = 1024
COLUMNS: Final = (
    "links", "seconds", "links/s", "batches: links/s", "ratio", "write units/link",
    "read units/link", "calls", "shards", "peak MB",
)  # fmt: skip


def run() -> dict[str, Any]:
    """Measure resets of growing size, print a table, and return its figures.

    Returns:
        ``rows``, one for each size, and ``met``: whether each reached the aim.
    """
    rows = measured(measure, SIZES, COLUMNS)
    return {"rows": rows, "met": all(row["ratio"] >= AIM for row in rows)}


def measured(
    measure_one: "Callable[[Stream, int], dict[str, float]]",
    sizes: Sequence[int],
    columns: Sequence[str],
) -> list[dict[str, float]]:
    """Measure numbers of links (those of ``BENCH_LINKS``, if it is set), and print a table."""
    given = [int(size) for size in os.environ.get("BENCH_LINKS", "").split(",") if size]
    rows = []
    with table() as stream:
        measure_one(stream, sizes[0])  # Engine and interpreter warm up.
        print(" | ".join(columns))
        for links in given or sizes:
            rows.append(measure_one(stream, links))
            print(" | ".join(f"{rows[-1][column]:{len(column)}}" for column in columns), flush=True)
    return rows


def measure(stream: "Stream", links: int) -> dict[str, float]:
    """Return the figures of resets, and of plain batches between them."""
    rounds = max(1, ENOUGH // links)
    resets_and_batches = [(reset(stream, links), batches(links)) for _ in range(rounds)]
    measured = [measured for measured, _ in resets_and_batches]
    seconds = statistics.fmean(one.seconds for one in measured)
    plain = statistics.fmean(seconds for _, seconds in resets_and_batches)
    figures = (
        links, round(seconds, 2), round(links / seconds), round(links / plain),
        round(plain / seconds, 2), round(measured[-1].write_units / links, 3),
        round(measured[-1].read_units / links, 3), measured[-1].calls, measured[-1].shards,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // KILOBYTE,
    )  # fmt: skip
    return dict(zip(COLUMNS, figures, strict=True))


@dataclass(frozen=True)
class Measured:
    """The cost of one operation: seconds, units, calls, and shards at the end."""

    seconds: float
    write_units: float
    read_units: float
    calls: int
    shards: int


def reset(stream: "Stream", links: int) -> Measured:
    """Link resources to an application, delete it, and carry out the reset.

    Raises:
        RuntimeError: The operation did something else.
    """
    application_id = f"a{time.monotonic_ns()}"
    parents.create(ACCOUNT, APPLICATION, application_id, None)
    generation = parents.get(ACCOUNT, APPLICATION, application_id)["generation"]
    for some in made(application_id, generation, links):
        writes.batch_write(some, [])
    operation_id = deletions.delete(ACCOUNT, APPLICATION, application_id)
    return counted(stream, operation_id, links, lambda: drive(operation_id))


def counted(
    stream: "Stream", operation_id: str, links: int, carry_out: Callable[[], None]
) -> Measured:
    """Carry out an operation, and return its cost.

    Raises:
        RuntimeError: The operation moved another number of associations.
    """
    stream.skip()
    dynamodb.usage.reset()
    began = time.perf_counter()
    carry_out()
    seconds, usage = time.perf_counter() - began, replace(dynamodb.usage)
    operation = lookup.get(ACCOUNT, operation_id)
    shown = summary.of(operation)
    if (shown["state"], shown["done"]) != (shard_state.SUCCEEDED, links):
        message = f"{links} links were to be moved: {shown}"
        raise RuntimeError(message)
    shards = 1 + len(lookup.further_shards(operation))
    return Measured(seconds, stream.write_units(), usage.read_units, usage.calls, shards)


def drive(operation_id: str) -> None:
    """Do what the stream does for an operation: start slices of its shards until all are done."""
    while True:
        operation = lookup.get(ACCOUNT, operation_id)
        shards = [operation, *lookup.further_shards(operation)]
        unfinished = [shard for shard in shards if shard["working"]]
        if not unfinished:
            return
        for shard in unfinished:
            worker.advance(shard)


def batches(links: int) -> float:
    """Put and delete as many items as a reset does; return the seconds."""
    began = time.perf_counter()
    prefix = f"b{time.monotonic_ns()}"
    for found_items in made(prefix, "", links):
        writes.batch_write(found_items, [])
    for found_items in made(prefix, "", links):
        writes.batch_write([], [items.key_of(item) for item in found_items])
    return time.perf_counter() - began


# --- what is reset --------------------------------------------------------------------------------


def association(application_id: str, number: int) -> Identity:
    """Return the association of a number, as long as real ones."""
    return Identity(
        resource_type="NUMBER",
        channel="SMS",
        application_id=application_id,
        entity_id=None,
        resource_id=f"{application_id}-4477{number:08}",
    )


def made(application_id: str, generation: str, links: int) -> Iterator[list[Item]]:
    """Yield the items of associations, a batch at a time."""
    marks = {"applicationGeneration": generation}
    for start in range(0, links, BATCH):
        numbers = range(start, min(start + BATCH, links))
        given = [association(application_id, number) for number in numbers]
        yield [
            item
            for one in given
            for item in association_items.items_of(ACCOUNT, one, ids.new_id(), marks)
        ]


# --- the table ------------------------------------------------------------------------------------


@contextmanager
def table() -> Iterator["Stream"]:
    """Run an engine in memory with the template's table, for the domain package.

    Yields:
        The table's stream.
    """
    declared = Stack(template.load(PROJECT / "template.yaml"), PROJECT).table
    with engines.running() as endpoint:
        os.environ |= credentials() | {"AWS_ENDPOINT_URL_DYNAMODB": endpoint, "TABLE_NAME": TABLE}
        dynamodb.client.cache_clear()  # The suite before may have had another engine.
        database = table_client(endpoint)
        create(database, replace(declared, name=TABLE))
        arn = database.describe_table(TableName=TABLE)["Table"]["LatestStreamArn"]
        yield Stream(StreamsClient(endpoint), arn)


@dataclass
class Stream:
    """The table's stream, from which units are counted.

    Attributes:
        client: The client of the engine.
        arn: The stream's name.
        places: Where to continue reading in each shard.
    """

    client: StreamsClient
    arn: str
    places: dict[str, str | None] | None = None

    def skip(self) -> None:
        """Start counting here."""
        self.places = {
            shard: self.client.iterator(self.arn, shard, begin="LATEST")
            for shard in self.client.shards(self.arn)
        }
        self._rest()

    def write_units(self) -> float:
        """Return the write units of the transactions since ``skip``."""
        units = sum(
            transaction_units(record["dynamodb"])
            for shard in self.places or {}
            for record in self._read(shard)
        )
        self._rest()
        return units

    def _rest(self) -> None:
        """Close the connection: the engine closes one that is unused for half a minute."""
        self.client.close()

    def _read(self, shard: str) -> Iterator[dict[str, Any]]:
        place = (self.places or {})[shard]
        while place is not None:
            records, place = self.client.records(place)
            if not records:
                return
            yield from records


def transaction_units(change: Mapping[str, Any]) -> int:
    """Return the write units of one item's change in a transaction."""
    images = (change.get("OldImage", {}), change.get("NewImage", {}))
    return 2 * -(-max(map(size, images)) // KILOBYTE)


def size(item: Mapping[str, Mapping[str, Any]]) -> int:
    """Return the bytes of an item that has no nested members (AWS, "Item sizes and formats")."""
    return sum(len(name.encode()) + value_size(value) for name, value in item.items())


def value_size(value: Mapping[str, Any]) -> int:
    """Return the bytes of a string, number or boolean."""
    ((kind, content),) = value.items()
    if kind == "N":
        return len(content) // 2 + 1
    return len(content.encode()) if kind == "S" else 1
