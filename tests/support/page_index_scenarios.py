"""Changes of page indexes, which tests cut off at any call."""

from collections.abc import Callable
from itertools import count
from typing import NamedTuple

from provisioning.core.kinds import ENTITY
from provisioning.paging import lifecycle, pages
from provisioning.projections import consistency, follower
from provisioning.resources import association_items
from provisioning.table import items, keys, page_index_keys, primary_keys, reads
from provisioning.table.items import Item
from tests.support import crowd
from tests.support.changes import change

Act = Callable[[str], None]
LINKS = crowd.crowd(14)
numbers = count()


def entity(account: str, number: float) -> Item:
    identifier = f"customer-{number:08.2f}"
    key = keys.parent(account, ENTITY, identifier)
    return items.key_attributes(key) | {"type": "entity", "id": identifier}


def entities(account: str, *more: float) -> list[Item]:
    return [entity(account, number) for number in (*range(24), *more)]


def build(account: str) -> None:
    """Continue building every page index that was started, as its stream record would."""
    for partition in page_index_keys.counted_partitions(account):
        item = reads.get(page_index_keys.root(partition))
        if item is not None and item["awake"]:
            follower.follow([change(None, item)])


def many_entities(account: str) -> None:
    crowd.write(entities(account))


def started(account: str) -> None:
    many_entities(account)
    lifecycle.start(keys.parents(account, ENTITY).partition)


def counted(account: str) -> None:
    started(account)
    build(account)


def many_come(account: str) -> None:
    """More items are added to a block than it holds: it is split, and its group too."""
    counted(account)
    crowd.write([entity(account, 7 + number / 100) for number in range(1, 40)])


def many_go(account: str) -> None:
    """So many neighbours are deleted that blocks and groups are merged."""
    many_come(account)
    follow_entities(account)
    gone = [items.key_of(entity(account, 7 + number / 100)) for number in range(1, 40)]
    crowd.write([], gone)


def most_go(account: str) -> None:
    """So many are deleted that the page index is removed."""
    counted(account)
    crowd.write([], [items.key_of(item) for item in entities(account)[3:]])


def follow_entities(account: str) -> None:
    some = entities(account, *(7 + number / 100 for number in range(1, 40)))
    follower.follow([change(None, item) for item in some])


def links_come(account: str) -> None:
    for link in LINKS:
        crowd.write(association_items.items_of(account, link, "1" * 24, {}))


def links_go(account: str) -> None:
    links_come(account)
    follow_links(account)
    gone = [key for link in LINKS[:7] for key in association_items.keys_of(account, link)]
    crowd.write([], gone)


def follow_links(account: str) -> None:
    made = [
        item for link in LINKS for item in association_items.items_of(account, link, "1" * 24, {})
    ]
    follower.follow([change(None, item) for item in made])


class Scenario(NamedTuple):
    """The preparation, and what the function then does with its records."""

    before: Act
    act: Act


SCENARIOS = {
    "a page index is started": Scenario(many_entities, follow_entities),
    "a page index is built": Scenario(started, build),
    "blocks are split": Scenario(many_come, follow_entities),
    "blocks are merged": Scenario(many_go, follow_entities),
    "a page index is removed": Scenario(most_go, follow_entities),
    "links are created": Scenario(links_come, follow_links),
    "links are deleted": Scenario(links_go, follow_links),
}


def prepared(scenario: Scenario) -> str:
    """Return a new account after the preparation."""
    account = f"account{next(numbers)}"
    scenario.before(account)
    return account


def check_exact(account: str) -> None:
    """Check that counts and pages are those of the existing items."""
    for _ in range(3):
        build(account)
    assert list(consistency.differences(account)) == []
    for partition in page_index_keys.counted_partitions(account):
        whole = primary_keys.KeyRange(partition)
        standing = list(reads.query_all(whole))
        page = pages.page([whole], len(standing) // 10, 5)
        assert (page.items, page.total) == (
            standing[len(standing) // 10 * 5 :][:5],
            len(standing),
        )
