"""Page indexes on a table with a stream: parallel writes, resets, and everything deleted."""

import os
import random
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import TYPE_CHECKING

import pytest

from provisioning.core.errors import ThrottledError
from provisioning.core.kinds import ENTITY
from provisioning.paging import building, lifecycle, page_index, pages, sizes
from provisioning.projections import consistency, follower
from provisioning.table import dynamodb, items, keys, page_index_keys, primary_keys, reads, writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.items import Item
from provisioning.table.stream_records import StreamRecord
from tests.support import crowd
from tests.support.associations import sms
from tests.support.changes import change
from tests.support.client import Client
from tests.support.crowd import ACCOUNT
from tests.support.sizes import SMALL_SIZES
from tests.support.stream import Record, Stream, invoke, settings, streams_client

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

ENTITIES: primary_keys.KeyRange = keys.parents(ACCOUNT, ENTITY)
PARTITION = ENTITIES.partition
WRITERS = 3
WRITES = 60
MANY = 3000 if "PAGES_ITEMS" in os.environ else 1100
UNITS = 60
BATCH = 400


@pytest.fixture
def stream(database: "DynamoDBClient", endpoint: str, table: str) -> Stream:
    """The stream of a new table."""
    return Stream(streams_client(endpoint), database, table)


@pytest.fixture
def soon_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Page indexes that a few dozen items make large."""
    monkeypatch.setattr(sizes, "current", SMALL_SIZES)
    monkeypatch.setattr(lifecycle, "LOOK_ONE_IN", 1)
    monkeypatch.setattr(building, "ITEMS_AT_ONCE", 16)


def follow(records: Sequence[Record]) -> None:
    """Follow what the event source of the function lets through, until it gets through."""
    batch = [StreamRecord(record) for record in records if settings("Changes").matches(record)]
    while True:
        try:
            return follower.follow(batch)
        except ThrottledError:
            continue


def follow_to_the_end(stream: Stream) -> None:
    while records := stream.read():
        follow(records)


def check_exact() -> None:
    assert list(consistency.differences(ACCOUNT)) == []
    for partition in page_index_keys.counted_partitions(ACCOUNT):
        check_pages(
            primary_keys.KeyRange(partition),
            list(reads.query_all(primary_keys.KeyRange(partition))),
        )


def check_pages(whole: primary_keys.KeyRange, standing: list[Item], size: int = 20) -> None:
    """Assert that the first, a middle, the last page and the one behind are those of a list."""
    last = len(standing) // size
    for number in {0, last // 2, last, last + 1}:
        page = pages.page([whole], number, size)
        written = standing[number * size :][:size]
        assert page.items == [{**item, "format": 1} for item in written]
        assert page.total == len(standing)


# --- at once -------------------------------------------------------------------------------------


def write_at_random(seed: int) -> None:
    """Create and delete some entities of a few, over and over."""
    chance = random.Random(seed)
    for _ in range(WRITES):
        item = crowd.entity(f"{chance.randrange(80):03}")
        write = writes.create(item) if chance.random() < 0.7 else writes.delete(items.key_of(item))
        try:
            writes.execute(write)
        except ConditionFailedError:
            continue


def rebuild_until(ended: threading.Event) -> None:
    while not ended.is_set():
        try:
            consistency.rebuild(ACCOUNT)
        except ThrottledError:
            continue


def follow_until(ended: threading.Event, stream: Stream) -> None:
    while not ended.is_set():
        follow(stream.read())


@pytest.mark.usefixtures("soon_large")
def test_it_is_exact_after_a_rebuild_while_many_write(stream: Stream) -> None:
    ended = threading.Event()
    with ThreadPoolExecutor(WRITERS + 2) as threads:
        others = [
            threads.submit(rebuild_until, ended),
            threads.submit(follow_until, ended, stream),
        ]
        try:
            list(threads.map(write_at_random, range(WRITERS)))
        finally:
            ended.set()
        for other in others:
            other.result()
    follow_to_the_end(stream)
    found = page_index.read(PARTITION)
    assert found is not None
    assert found.is_ready
    check_exact()


@pytest.mark.usefixtures("soon_large")
def test_it_is_exact_after_resets_that_move_all_associations(
    client: Client, stream: Stream
) -> None:
    client.create("applications", "shop")
    client.create("entities", "everybody")
    for number in range(40):
        entity_id = "everybody" if number % 2 else None
        assert client.link(sms("shop", entity_id, resource_id=f"{number:03}")).status == 201
    client.delete("applications", "shop")
    client.delete("entities", "everybody")
    chance = random.Random(0)
    waiting: list[Record] = []
    while records := stream.read() + waiting:
        follow(chance.sample(records, len(records)))
        waiting = invoke(filter(settings().matches, records))
    check_exact()
    answer = client.list("associations", applicationId="default", size="1000")
    assert [link["resourceId"] for link in answer.json["results"]] == [
        f"{number:03}" for number in range(40)
    ]
    assert "entityId" not in chain(*answer.json["results"])
    assert client.list("associations", applicationId="shop").json["paging"]["totalResults"] == 0


# --- ids of all kinds ----------------------------------------------------------------------------


def skewed(number: int) -> str:
    """Return ids that share all but their end, save a few."""
    return f"{number}" if number % 50 == 0 else f"tenant/eu/customers/{number % 7}/{number:07}"


def unicode(number: int) -> str:
    """Return ids of any characters, spaces and separators among them."""
    chance = random.Random(number)
    return "".join(chance.choices("aé\U0001f600 #$~\U0010ffff中", k=8)) + f"{number}"


IDS: dict[str, tuple[Callable[[int], str], int]] = {
    "sequential": ("{:07}".format, UNITS),
    "skewed": (skewed, UNITS),
    "unicode": (unicode, UNITS),
    # The keys alone have a kilobyte: docs/pages.md says how the units grow.
    "very long": (lambda number: "\U0001f600" * 248 + f"{number:07}", 2 * UNITS),
}


@pytest.fixture(params=list(IDS))
def standing(request: pytest.FixtureRequest, table: str) -> tuple[list[Item], int]:
    """So many entities of one kind, in order, with a page index, and what a page may cost."""
    identified, units = IDS[request.param]
    items = [crowd.entity(identified(number)) for number in range(MANY)]
    crowd.write(items)
    crowd.build(PARTITION)
    return sorted(items, key=lambda item: str(item["SK"])), units


def test_pages_cost_the_same_whatever_the_ids_and_while_all_of_them_go(
    standing: tuple[list[Item], int],
) -> None:
    found_items, units = standing
    while found_items:
        check_costs(found_items, units)
        gone, found_items = found_items[:BATCH], found_items[BATCH:]
        crowd.write([], [items.key_of(item) for item in gone])
        follower.follow([change(item, None) for item in gone])
    check_exact()
    assert list(reads.query_sort_keys(page_index_keys.everything(PARTITION))) == []


def check_costs(items: list[Item], units: int) -> None:
    """Assert what pages hold, and what they cost where there are too many to be read whole."""
    check_pages(ENTITIES, items)
    if len(items) <= sizes.current.small:
        return
    for number in (0, len(items) // 40, (len(items) - 1) // 20):
        dynamodb.usage.reset()
        page = pages.page([ENTITIES], number, 20)
        shown = sum(map(size_of, page.items)) / 4096
        assert dynamodb.usage.read_units - shown <= units
        assert dynamodb.usage.calls <= 4


def size_of(item: Item) -> int:
    return sum(len(name) + len(str(value).encode()) for name, value in item.items())
