"""Every page costs the same: at most four calls one after the other, and a bounded number of units.

Costs are counted, not timed: DynamoDB Local reports what its queries consume.
"""

import math
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from local.table import create as create_table
from provisioning.core.kinds import ENTITY
from provisioning.paging import pages, sizes
from provisioning.paging.pages import Page
from provisioning.resources import associations, queries
from provisioning.table import dynamodb, keys, page_index_keys
from provisioning.table.items import Item
from tests.support import crowd
from tests.support.crowd import ACCOUNT, Model
from tests.support.databases import Databases
from tests.support.deployment import stack
from tests.support.rows import Rows, watch

if TYPE_CHECKING:
    from provisioning.table.primary_keys import KeyRange

SIZES = [int(size) for size in os.environ.get("PAGES_ITEMS", "3000").split()]
"""How many entities and associations; PAGES_ITEMS="1000 10000 100000" takes its time."""
ROWS = 4
ROWS_OF_PAIRS = 5
"""A list of an application and an entity together is first tried as a short one."""
UNITS = 60
SMALL_UNITS = 80
"""A list of up to 1,000 associations is read whole; with many ids each, they have 300 bytes."""

VALUES: dict[str, tuple[Any, ...]] = {
    "resourceType": ("NUMBER",),
    "channel": ("SMS",),
    "applicationId": ("dominant", "application-7"),
    "entityId": ("everybody", "entity/5", None),
    "resourceId": ("hot",),
}
NOT_GIVEN = "not given"
COMBINATIONS = [
    {name: value for name, value in zip(VALUES, values, strict=True) if value != NOT_GIVEN}
    for values in product(*((NOT_GIVEN, *values) for values in VALUES.values()))
]


def is_served(filters: dict[str, Any]) -> bool:
    """Return whether a combination is answered from ranges (docs/pages.md)."""
    if "entityId" not in filters:
        return True
    if filters["entityId"] is None:
        return False
    return "applicationId" in filters or len(filters) == 1


@pytest.fixture(scope="module", params=SIZES)
def model(request: pytest.FixtureRequest, databases: Databases) -> Iterator[Model]:
    """An account with many entities and associations, whose page indexes are built."""
    made = Model(crowd.crowd(request.param))
    name = f"pages-{request.param}"
    create_table(databases.take(), replace(stack().table, name=name))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TABLE_NAME", name)
        crowd.write(crowd.items_of(made.crowd) + crowd.entities(request.param))
        for partition in page_index_keys.counted_partitions(ACCOUNT):
            crowd.build(partition)
        yield made


@pytest.fixture
def rows(model: Model, monkeypatch: pytest.MonkeyPatch) -> Rows:
    """The calls to DynamoDB, watched."""
    monkeypatch.setenv("TABLE_NAME", f"pages-{len(model.crowd)}")
    return watch(monkeypatch)


def size_of(item: Item) -> int:
    """Return how many bytes DynamoDB takes an item of texts for."""
    return sum(len(name) + len(str(value).encode()) for name, value in item.items())


def overhead(page: Page[Any]) -> float:
    """Return the read units since the last reset beyond what a page's items cost."""
    return dynamodb.usage.read_units - math.floor(sum(map(size_of, page.items)) / 4096)


def pages_of(total: int, size: int) -> list[int]:
    """Return the first page, one in the middle, the last and one past the end."""
    last = max(0, total - 1) // size
    return sorted({0, last // 2, last, last + 7})


def check_depth(rows: Rows, read: Callable[[], Page[Any]], allowed: int = ROWS) -> None:
    """Assert that a page is read in few rows; a machine that is late makes them seem more."""
    depths: list[int] = []
    while len(depths) < 4:
        with rows.holding():
            read()
        depths.append(rows.depth)
        if depths[-1] <= allowed:
            return
    raise AssertionError(f"rows of calls: {depths}")


def test_any_page_of_entities_costs_the_same(model: Model, rows: Rows) -> None:
    ids = sorted(f"customer-{number:07}" for number in range(len(model.crowd)))
    ranges: list[KeyRange] = [keys.parents(ACCOUNT, ENTITY)]
    for size in (20, 1000):
        for number in pages_of(len(ids), size):
            dynamodb.usage.reset()
            page = pages.page(ranges, number, size)
            assert [item["entityId"] for item in page.items] == ids[number * size :][:size]
            assert page.total == len(ids)
            assert overhead(page) <= UNITS
            check_depth(rows, lambda number=number, size=size: pages.page(ranges, number, size))  # type: ignore[misc]


@pytest.mark.parametrize("filters", COMBINATIONS, ids=str)
def test_any_page_of_a_filtered_list_costs_the_same(
    filters: dict[str, Any], model: Model, rows: Rows
) -> None:
    expected = model.expected(filters)
    small = len(model.crowd) <= sizes.current.small
    for number in pages_of(len(expected), 20):
        dynamodb.usage.reset()
        page = queries.page(ACCOUNT, crowd.query(filters, number, 20))
        assert crowd.shown(page.items) == expected[number * 20 :][:20]
        assert page.total == len(expected)
        if small or is_served(filters):
            assert overhead(page) <= (SMALL_UNITS if small else UNITS)
    if is_served(filters):
        middle = crowd.query(filters, len(expected) // 40, 20)
        is_pair = filters.keys() >= {"applicationId", "entityId"}
        check_depth(rows, lambda: queries.page(ACCOUNT, middle), ROWS_OF_PAIRS if is_pair else ROWS)


def test_a_filter_without_a_range_costs_no_more_than_the_smaller_collection(
    model: Model, rows: Rows
) -> None:
    for filters in filter(lambda given: not is_served(given), COMBINATIONS):
        candidates = [
            {name: filters[name] for name in names if name in filters}
            for names in (("entityId",), ("resourceType", "channel", "resourceId"))
            if any(filters.get(name) is not None for name in names)
        ]
        if filters["entityId"] is None and "applicationId" in filters:
            candidates = [{"applicationId": filters["applicationId"]}]
        smaller = min(len(model.expected(candidate)) for candidate in candidates or [{}])
        dynamodb.usage.reset()
        queries.page(ACCOUNT, crowd.query(filters, 0, 20))
        assert dynamodb.usage.read_units <= 2 * UNITS + smaller * 350 / 4096, filters


def test_a_small_collection_shows_a_write_at_once(client: object) -> None:
    crowd.write(crowd.items_of(crowd.crowd(995)))
    for number in range(5):
        new = crowd.crowd(1, seed=100 + number)[0].by_default()
        new = new._replace(resource_id=f"new {number}")
        associations.create(ACCOUNT, new)
        for filters in ({}, {"resourceId": new.resource_id}, {"channel": new.channel}):
            found = queries.page(ACCOUNT, crowd.query(filters, 0, 1000))
            assert new.members() in crowd.shown(found.items)
