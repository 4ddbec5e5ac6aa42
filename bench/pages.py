"""Pages: calls, read units and time, compared with reading from the start; costs of page indexes.

Both ways read the same data in the same run, on an engine in memory. Read units are those that the
engine reports. It misreports units of transactions, so writes are counted by AWS's rule: an item of
up to 1 KB, as all of a page index are here, is one unit, in a transaction two (AWS, "Read and write
operations").

``BENCH_ITEMS`` sets other sizes, such as ``BENCH_ITEMS=100000,1000000``.
"""

import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from typing import Any, Final
from unittest.mock import patch

from bench.resets import ACCOUNT, association, made
from local import template
from local.settings import PROJECT, credentials
from local.stack import Stack
from local.table import client as table_client
from local.table import create
from provisioning.aws import bounds, clients
from provisioning.core import ids
from provisioning.core.identities import Identity
from provisioning.core.kinds import ENTITY
from provisioning.paging import building, pages, rebuild
from provisioning.projections import follower
from provisioning.resources import association_items
from provisioning.table import dynamodb, items, keys, page_index_keys, reads, writes
from provisioning.table.items import Item, encode
from provisioning.table.stream_records import StreamRecord
from tools import engines

SIZES: Final = (1_000, 10_000, 100_000)
PAGE: Final = 20
ALONE: Final = 50
BULK: Final = 2_000
BATCH: Final = 500
"""Records in a batch of the function ``changes`` (template.yaml)."""
AIM: Final = 60
TABLE: Final = "bench-pages"
PATIENCE_SECONDS: Final = 60.0
COLUMNS: Final = (
    "items", "page", "calls", "read units", "ms", "plain: calls", "plain: read units", "plain: ms",
)  # fmt: skip
CHANGES: Final = ("items", "changes", "write units/change", "read units/change")
OTHERS: Final = 10_000
"""Associations between which those are spread whose following is measured."""
BATCHES: Final = (1, 20, 200, 500)
ASSOCIATIONS: Final = ("in a batch", "calls/change", "write units/change", "read units/change")


def run() -> dict[str, Any]:
    """Measure pages and changes of growing collections, print tables, and return their figures.

    Returns:
        ``pages``, ``changes`` and ``associations``, a row for each measurement, and ``met``:
        whether no page took too many units.
    """
    sizes = [int(size) for size in os.environ.get("BENCH_ITEMS", "").split(",") if size] or SIZES
    figures: dict[str, list[dict[str, Any]]] = {"pages": [], "changes": []}
    with table():
        for size in sizes:
            fill(size)
            figures["pages"] += shown(COLUMNS, measured_pages(size))
            figures["changes"] += shown(CHANGES, measured_changes(size))
        figures["associations"] = shown(ASSOCIATIONS, measured_associations())
    met = all(row["read units"] <= AIM for row in figures["pages"])
    return {**figures, "met": met}


def shown(columns: tuple[str, ...], rows: Iterator[tuple[Any, ...]]) -> list[dict[str, Any]]:
    """Print rows as they come; return them as records."""
    print(" | ".join(columns))
    records = []
    for row in rows:
        print(" | ".join(f"{cell:>{len(name)}}" for name, cell in zip(columns, row, strict=True)))
        records.append(dict(zip(columns, row, strict=True)))
    return records


@contextmanager
def table(name: str = TABLE) -> Iterator[None]:
    """Run an engine with an empty table of this name, for the domain package."""
    with engines.running() as endpoint:
        os.environ |= {**credentials(), "AWS_ENDPOINT_URL_DYNAMODB": endpoint}
        os.environ |= {"TABLE_NAME": name, "POWERTOOLS_LOG_LEVEL": "WARNING"}
        dynamodb.client.cache_clear()  # The suite before may have had another engine.
        declared = Stack(template.load(PROJECT / "template.yaml"), PROJECT).table
        create(table_client(endpoint), replace(declared, name=name))
        # The engine takes longer over a megabyte than DynamoDB does.
        with patch.object(bounds, "READ_SECONDS", PATIENCE_SECONDS):
            yield


# --- data ----------------------------------------------------------------------------------------


def account(size: int) -> str:
    """Return the account with this number of entities."""
    return f"bench-{size}"


def entity(size: int, identifier: str) -> Item:
    """Return the item of an entity, about 200 bytes."""
    return items.key_attributes(keys.parent(account(size), ENTITY, identifier)) | {
        "type": "entity",
        "entityId": identifier,
        "entityName": f"Customer {identifier}",
        "generation": ids.new_id(),
    }


def fill(size: int) -> None:
    """Write entities and build their page index."""
    items = (entity(size, f"customer-{number:09}") for number in range(size))
    batches = iter(lambda: list(islice(items, writes.BATCH_WRITE_ITEMS)), [])
    with ThreadPoolExecutor(2) as threads:
        for _ in threads.map(lambda batch: writes.batch_write(batch, []), batches):
            pass
    build(keys.parents(account(size), ENTITY).partition)


def build(partition: str) -> None:
    """Build the page index of a partition."""
    rebuild.rebuild(partition)
    while (found := reads.get(page_index_keys.root(partition))) and found["awake"]:
        building.build(found)


# --- measurements --------------------------------------------------------------------------------


def measured_pages(size: int) -> Iterator[tuple[Any, ...]]:
    """Yield the costs of the first, a middle and the last page, with and without a page index."""
    whole = keys.parents(account(size), ENTITY)
    last = (size - 1) // PAGE
    for number in (0, last // 2, last):
        ours, page = cost(lambda number=number: pages.page([whole], number, PAGE).items)  # type: ignore[misc]
        plain, same = cost(lambda number=number: from_the_start(size, number))  # type: ignore[misc]
        if page != same:
            raise AssertionError("both ways must find the same page")
        yield size, number, *ours, *plain


def from_the_start(size: int, number: int) -> list[Item]:
    """Return a page without a page index and without a total, reading as little as possible."""
    whole, end = keys.parents(account(size), ENTITY), (number + 1) * PAGE
    items: list[Item] = []
    after: str | None = None
    while len(items) < end:
        found = reads.query(whole, after=after, limit=end - len(items))
        items += found.items
        after = found.last
        if after is None:
            break
    return items[number * PAGE :]


def cost(read: Callable[[], Any]) -> tuple[tuple[int, float, float], Any]:
    """Return calls, read units and milliseconds of a read, and what it returned."""
    dynamodb.usage.reset()
    began = time.perf_counter()
    items = read()
    milliseconds = round((time.perf_counter() - began) * 1000, 1)
    return (dynamodb.usage.calls, dynamodb.usage.read_units, milliseconds), items


def measured_changes(size: int) -> Iterator[tuple[Any, ...]]:
    """Yield the cost of updating the page index for single changes and for a bulk load."""
    step = size // ALONE
    alone = [[entity(size, f"customer-{number * step:09}-alone")] for number in range(ALONE)]
    yield size, "alone", *followed(alone, 1)[1:]
    bulk = [[entity(size, f"customer-{size + number:09}")] for number in range(BULK)]
    yield size, "bulk", *followed(bulk, BATCH)[1:]


def measured_associations() -> Iterator[tuple[Any, ...]]:
    """Yield the cost of updating the page indexes of associations, by the size of batches.

    Each is in three lists, and its place in them is anywhere between the others.
    """
    with ThreadPoolExecutor(2) as threads:
        list(threads.map(lambda some: writes.batch_write(some, []), made("", "", OTHERS)))
    for key in association_items.keys_of(ACCOUNT, association("", 0)):
        build(key.partition)
    for batch in BATCHES:
        new = [
            list(association_items.items_of(ACCOUNT, spread(batch, number), ids.new_id(), {}))
            for number in range(max(ALONE, batch))
        ]
        yield batch, *followed(new, batch)


def spread(batch: int, number: int) -> Identity:
    """Return a new association beside one of the others, far from the one before."""
    neighbour = association("", number * 7_919 % OTHERS)
    return neighbour._replace(resource_id=f"{neighbour.resource_id}-{batch}")


def followed(groups: Sequence[Sequence[Item]], batch: int) -> tuple[float, float, float]:
    """Return calls, write and read units for each of some changes, delivered in batches.

    Args:
        groups: The items that each change creates; its stream record is that of the first.
        batch: Changes in a batch.
    """
    write_units = read_units = calls = 0.0
    call = clients.call

    def counted(
        client: clients.Client, operation: str, parameters: Mapping[str, Any]
    ) -> dict[str, Any]:
        nonlocal write_units
        write_units += units(operation, parameters)
        answer: dict[str, Any] = call(client, operation, parameters)
        return answer

    for start in range(0, len(groups), batch):
        some = groups[start : start + batch]
        writes.batch_write([item for group in some for item in group], [])
        dynamodb.usage.reset()
        with patch.object(clients, "call", counted):
            follower.follow([created(group[0]) for group in some])
        read_units += dynamodb.usage.read_units
        calls += dynamodb.usage.calls
    figures = (calls, write_units, read_units)
    return tuple(round(figure / len(groups), 2) for figure in figures)  # type: ignore[return-value]


def created(item: Item) -> StreamRecord:
    """Return the stream record of a new item."""
    return StreamRecord({"eventID": "bench", "dynamodb": {"NewImage": encode(item)}})


def units(operation: str, parameters: Mapping[str, Any]) -> int:
    """Return the write units of a call whose items have up to 1 KB each."""
    if operation == "TransactWriteItems":
        return 2 * len(parameters["TransactItems"])
    if operation == "BatchExecuteStatement":
        return len(parameters["Statements"])
    return int(operation in {"PutItem", "UpdateItem", "DeleteItem"})
