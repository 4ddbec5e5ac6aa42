"""Pages repeat and skip nothing while counts are behind."""

import os
import random
from typing import Any

import pytest

from provisioning.core.kinds import ENTITY, VALID_CHANNELS
from provisioning.paging import pages
from provisioning.resources import queries
from provisioning.table import keys
from provisioning.table.item_types import AssociationItem
from provisioning.table.items import key_of
from tests.support import crowd
from tests.support.crowd import ACCOUNT, Model
from tests.support.memory import Memory

COUNTED = 90
SEEDS = int(os.environ.get("PAGE_INDEX_EXAMPLES", "12"))
_FILTERS: tuple[dict[str, Any], ...] = (
    {},
    {"applicationId": "dominant"},
    {"applicationId": "dominant", "resourceType": "NUMBER"},
    {"entityId": "everybody"},
    {"entityId": "everybody", "applicationId": "dominant"},
    {"resourceType": next(iter(VALID_CHANNELS))},
    {"channel": "SMS"},
    {"resourceId": "hot"},
)


@pytest.fixture
def stale(memory: Memory, seed: int) -> Model:
    """Associations of which some came and some went after they had been counted."""
    chance = random.Random(seed)
    everything = crowd.crowd(2 * COUNTED, seed)
    if chance.random() < 1 / 2:  # then the new items are consecutive
        everything.sort(key=lambda given: (given.resource_id, given.application_id))
    memory.page = chance.choice((5, 20, 1000))
    counted, fresh = everything[:COUNTED], everything[COUNTED:]
    crowd.write(crowd.items_of(counted))
    for partition in {item["PK"] for item in crowd.items_of(counted)}:
        crowd.build(partition)
    gone = chance.sample(counted, chance.choice((0, 5, COUNTED // 2)))
    come = chance.sample(fresh, chance.choice((0, 5, COUNTED)))
    crowd.write(crowd.items_of(come), [key_of(item) for item in crowd.items_of(gone)])
    return Model([given for given in counted if given not in gone] + come)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_following_the_pages_shows_every_item_once(stale: Model, seed: int) -> None:
    for filters in _FILTERS:
        for size in (1, 3, 10, 50):
            assert crowd.shown(followed(filters, size)) == stale.expected(filters)


def followed(filters: dict[str, Any], size: int) -> list[AssociationItem]:
    """Return what is on the pages of a list, as many as the first one says that there are."""
    page = queries.page(ACCOUNT, crowd.query(filters, 0, size))
    items = page.items
    for number in range(1, page.paging()["totalPages"]):
        items += queries.page(ACCOUNT, crowd.query(filters, number, size)).items
    return items


BURST = 4000
"""Entities that come at once, far more than a page has and than a query returns."""


@pytest.mark.parametrize("size", [20, 1000])
@pytest.mark.parametrize("before", ["000-", "customer-0000050-", "zzz-"])
def test_a_burst_that_nobody_has_counted_is_on_the_pages(
    memory: Memory, size: int, before: str
) -> None:
    crowd.write(counted := crowd.entities(COUNTED))
    crowd.build(counted[0]["PK"])
    burst = [crowd.entity(f"{before}{number:04}") for number in range(BURST)]
    crowd.write(burst)
    every = pages.page([keys.parents(ACCOUNT, ENTITY)], 0, size)
    found = list(every.items)
    for number in range(1, every.paging()["totalPages"]):
        found += pages.page([keys.parents(ACCOUNT, ENTITY)], number, size).items
    assert [item["SK"] for item in found] == sorted(item["SK"] for item in [*counted, *burst])
