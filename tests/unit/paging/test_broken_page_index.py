"""A page index whose items were changed by hand is reported and repaired."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from provisioning.core.kinds import ENTITY
from provisioning.paging import page_index, pages
from provisioning.projections import consistency, follower
from provisioning.table import items, keys, page_index_keys, primary_keys, reads, writes
from provisioning.table.primary_keys import Key, KeyRange
from tests.support import crowd
from tests.support.changes import change
from tests.support.crowd import ACCOUNT
from tests.support.memory import Memory

COUNT = 60
ENTITIES: KeyRange = keys.parents(ACCOUNT, ENTITY)
PARTITION = ENTITIES.partition
STORED = page_index_keys.everything(PARTITION).partition
STRANGE_VALUES: tuple[Any, ...] = (None, 0, -1, 7, 10**20, True, "7", "", [], {})


@pytest.fixture(autouse=True)
def counted(memory: Memory) -> Memory:
    """A table with so many entities, and their page index of several groups."""
    crowd.write(crowd.entities(COUNT))
    crowd.build(PARTITION)
    return memory


def is_right() -> bool:
    """Return whether every page is that of a sorted list."""
    ids = [f"customer-{number:07}" for number in range(COUNT)]
    for number in range(COUNT // 7 + 2):
        page = pages.page([ENTITIES], number, 7)
        shown = [item["entityId"] for item in page.items]
        if (shown, page.total) != (ids[number * 7 :][:7], COUNT):
            return False
    return True


def put_right() -> None:
    """Rebuild the page index, and let the stream have it built."""
    consistency.rebuild(ACCOUNT)
    for _ in range(COUNT):
        item = reads.get(page_index_keys.root(PARTITION))
        if item is not None and item.get("awake"):
            follower.follow([change(None, item)])


def check_it_is_reported_and_put_right() -> None:
    put_right()
    assert list(consistency.differences(ACCOUNT)) == []
    assert is_right()
    found = page_index.read(PARTITION)
    assert found is not None
    assert found.is_ready


def sort_key(start: str, number: int) -> str:
    """Return the sort key of one of the page index's items that begin like that."""
    rows = primary_keys.KeyRange(STORED, start, start + "\U0010ffff")
    return list(reads.query_sort_keys(rows))[number]


def removed(start: str, number: int) -> Callable[[], None]:
    return lambda: writes.batch_write([], [Key(STORED, sort_key(start, number))])


def changed(start: str, number: int, **values: Any) -> Callable[[], None]:
    return lambda: writes.execute(writes.update(Key(STORED, sort_key(start, number)), values))


def added(**item: Any) -> Callable[[], None]:
    return lambda: writes.execute(writes.put({"PK": STORED, **item}))


def nothing_left() -> None:
    gone = [
        Key(STORED, key) for key in reads.query_sort_keys(page_index_keys.everything(PARTITION))
    ]
    writes.batch_write([], gone)


AN_ID = "customer-0000007"
DAMAGES = {
    "nothing is left": nothing_left,
    "its own item is gone": removed("G", 0),
    "the first group is gone": removed("G#", 0),
    "another group is gone": removed("G#", 1),
    "the first block is gone": removed("B#", 0),
    "another block is gone": removed("B#", 3),
    "the last block is gone": removed("B#", -1),
    "a block has another count": changed("B#", 3, count=1000),
    "a block has no count": changed("B#", 3, count=None),
    "the last block has no count": changed("B#", -1, count=None),
    "a block's count is a text": changed("B#", 3, count="8"),
    "a block has no version": changed("B#", 3, version=None),
    "a group has another sum": changed("G#", 1, count=7),
    "a group has no sum": changed("G#", 1, count=None),
    "a group's version is a text": changed("G#", 1, version="1"),
    "it is said to be built": changed("G", 0, state="BUILDING"),
    "it is in no known state": changed("G", 0, state="LOST"),
    "it is of another partition": changed("G", 0, of="ACCOUNT#other#ENTITY"),
    "it is still being cleared away": changed("G", 0, state="CLEARING"),
    "a block begins at an id": added(SK=f"B#{AN_ID}", count=4, version=0),
    "a block too many": added(SK=f"B#{AN_ID}!", count=4, version=0),
    "a group without a block": added(SK=f"G#{AN_ID}!", count=4, version=0),
    "something else altogether": added(SK="note", text="do not delete"),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_damage_is_reported_and_put_right(damage: Callable[[], None]) -> None:
    assert consistency.check(ACCOUNT) == []
    damage()
    assert consistency.check(ACCOUNT) != []
    check_it_is_reported_and_put_right()


@pytest.mark.parametrize("seed", range(60))
def test_any_damage_that_makes_pages_wrong_is_reported_and_put_right(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(chance.randint(1, 4)):
        damage_by_chance(chance)
    if not consistency.check(ACCOUNT):
        assert is_right()
    check_it_is_reported_and_put_right()


def damage_by_chance(chance: random.Random) -> None:
    item = chance.choice(list(reads.query_all(page_index_keys.everything(PARTITION))))
    match chance.randrange(3):
        case 0:
            writes.batch_write([], [items.key_of(item)])
        case 1:
            name = chance.choice(sorted(item.keys() - {"PK", "SK"}))
            writes.execute(writes.put(item | {name: chance.choice(STRANGE_VALUES)}))
        case _:
            place = chance.choice((AN_ID, AN_ID + "!", "zz!", ""))
            begin = chance.choice(("B#", "G#", "G", "X"))
            writes.execute(writes.put(item | {"SK": begin + place}))


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_the_stream_continues_after_any_damage(damage: Callable[[], None]) -> None:
    damage()
    follower.follow([change(None, item) for item in crowd.entities(COUNT)])
    check_it_is_reported_and_put_right()
