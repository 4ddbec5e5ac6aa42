"""What keeps page directories, and what goes before it: to be cut off at any call."""

from collections.abc import Callable
from itertools import count
from typing import NamedTuple

from provisioning.core.kinds import ENTITY
from provisioning.paging import pages, recount
from provisioning.projections import consistency, follower
from provisioning.projections.follower import Change
from provisioning.resources import associations
from provisioning.table import dynamodb, keys
from provisioning.table.dynamodb import Item
from tests.support import crowd

Act = Callable[[str], None]
LINKS = crowd.crowd(14)
numbers = count()


def entity(account: str, number: float) -> Item:
    identifier = f"customer-{number:08.2f}"
    key = keys.parent(account, ENTITY, identifier)
    return dynamodb.key_attributes(key) | {"type": "entity", "id": identifier}


def entities(account: str, *more: float) -> list[Item]:
    return [entity(account, number) for number in (*range(24), *more)]


def build(account: str) -> None:
    """Build on every directory that was begun, as its stream record has it done."""
    for partition in keys.counted_partitions(account):
        item = dynamodb.get(keys.directory(partition))
        if item is not None and item["awake"]:
            follower.follow([Change(None, item)])


def many_entities(account: str) -> None:
    crowd.write(entities(account))


def begun(account: str) -> None:
    many_entities(account)
    recount.start(keys.parents(account, ENTITY).partition)


def counted(account: str) -> None:
    begun(account)
    build(account)


def many_come(account: str) -> None:
    """More come into a bucket than it holds: it is split, and its group too."""
    counted(account)
    crowd.write([entity(account, 7 + number / 100) for number in range(1, 40)])


def many_go(account: str) -> None:
    """So many go in a row that buckets and groups are merged."""
    many_come(account)
    follow_entities(account)
    gone = [dynamodb.key_of(entity(account, 7 + number / 100)) for number in range(1, 40)]
    crowd.write([], gone)


def most_go(account: str) -> None:
    """So many go that the directory is given up."""
    counted(account)
    crowd.write([], [dynamodb.key_of(item) for item in entities(account)[3:]])


def follow_entities(account: str) -> None:
    some = entities(account, *(7 + number / 100 for number in range(1, 40)))
    follower.follow([Change(None, item) for item in some])


def links_come(account: str) -> None:
    for link in LINKS:
        crowd.write(associations.items_of(account, link, "1" * 24, {}))


def links_go(account: str) -> None:
    links_come(account)
    follow_links(account)
    crowd.write([], [key for link in LINKS[:7] for key in associations.keys_of(account, link)])


def follow_links(account: str) -> None:
    made = [item for link in LINKS for item in associations.items_of(account, link, "1" * 24, {})]
    follower.follow([Change(None, item) for item in made])


class Scenario(NamedTuple):
    """What goes before, and what the function then does with its records."""

    before: Act
    act: Act


SCENARIOS = {
    "a directory is begun": Scenario(many_entities, follow_entities),
    "a directory is built": Scenario(begun, build),
    "buckets are split": Scenario(many_come, follow_entities),
    "buckets are merged": Scenario(many_go, follow_entities),
    "a directory is given up": Scenario(most_go, follow_entities),
    "links come": Scenario(links_come, follow_links),
    "links go": Scenario(links_go, follow_links),
}


def prepared(scenario: Scenario) -> str:
    """Return a new account in which all has happened that goes before."""
    account = f"account{next(numbers)}"
    scenario.before(account)
    return account


def check_exact(account: str) -> None:
    """Assert that counts and pages are those of the items that stand."""
    for _ in range(3):
        build(account)
    assert list(consistency.differences(account)) == []
    for partition in keys.counted_partitions(account):
        whole = keys.KeyRange(partition)
        standing = list(dynamodb.query_all(whole))
        page = pages.read([whole], len(standing) // 10, 5)
        assert (page.items, page.total) == (
            standing[len(standing) // 10 * 5 :][:5],
            len(standing),
        )
