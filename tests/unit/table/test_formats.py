"""Versions of stored items, and what becomes of items of an older one."""

import pytest

from provisioning.table import formats, items, reads, rewrites, writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.items import Item
from provisioning.table.primary_keys import Key

KEY: Key[Item] = Key("p", "s")


def named(item: Item) -> Item:
    """The first upgrade of the examples: a title becomes a name."""
    return {"name": item.get("title"), **item, "title": None}


def shouted(item: Item) -> Item:
    """The second upgrade of the examples."""
    return {**item, "loud": item["name"].upper()}


@pytest.fixture
def upgrades(monkeypatch: pytest.MonkeyPatch) -> None:
    """Items of type example have two upgrades."""
    monkeypatch.setitem(formats.UPGRADES, "example", (named, shouted))


def stored() -> Item:
    """Return the item of the examples as the table has it."""
    return reads.batch_get([KEY], as_stored=True)[KEY]


@pytest.fixture
def old(table: str) -> None:
    """An item of the first version is stored, before its kind has upgrades."""
    writes.execute(writes.put(items.new(KEY, {"type": "example", "title": "a", "more": 1})))


def test_each_item_is_stored_with_the_version_of_its_kind(old: None) -> None:
    assert stored()["format"] == 1
    assert not formats.is_outdated(stored())


def test_an_item_without_version_has_the_first_and_is_outdated(upgrades: None) -> None:
    item = {"type": "example", "title": "a"}
    assert formats.is_outdated(item)
    assert formats.upgraded(item)["loud"] == "A"
    assert formats.is_outdated({"type": "account"})  # it does not say so


@pytest.mark.parametrize(
    ("version", "content"), [(1, {"title": "a"}), (2, {"name": "a"}), (3, {"loud": "A"})]
)
def test_only_the_upgrades_after_its_version_are_applied(
    upgrades: None, version: int, content: Item
) -> None:
    upgraded = formats.upgraded({"type": "example", "format": version, **content})
    assert upgraded["loud"] == "A"


def test_an_item_of_a_later_version_is_left_alone(upgrades: None) -> None:
    item = {"type": "example", "format": 4, "new": 1}
    assert formats.upgraded(item) == item


def test_every_read_upgrades(old: None, upgrades: None) -> None:
    for read in (reads.get(KEY), reads.batch_get([KEY])[KEY]):
        assert read is not None
        assert read["loud"] == "A"


def test_what_a_failed_condition_shows_is_upgraded_too(old: None, upgrades: None) -> None:
    with pytest.raises(ConditionFailedError) as raised:
        writes.execute(writes.update(KEY, {"more": 2}, more=7))
    found = raised.value.found[0]
    assert found is not None
    assert found["loud"] == "A"


def test_a_rewritten_item_has_the_present_version(old: None, upgrades: None) -> None:
    writes.execute(rewrites.rewrite(stored()))
    assert stored() == {
        "PK": "p",
        "SK": "s",
        "type": "example",
        "format": 3,
        "name": "a",
        "loud": "A",
        "more": 1,
    }


def test_a_rewrite_fails_if_the_item_was_changed_since(old: None, upgrades: None) -> None:
    read = stored()
    writes.execute(writes.update(KEY, {"more": 2}))
    with pytest.raises(ConditionFailedError):
        writes.execute(rewrites.rewrite(read))
    assert stored()["title"] == "a"


def test_a_rewrite_keeps_what_was_added_since(old: None, upgrades: None) -> None:
    read = stored()
    writes.execute(writes.update(KEY, {"added": 1}))
    writes.execute(rewrites.rewrite(read))
    assert (stored()["added"], stored()["format"]) == (1, 3)
