"""A ledger of an account's associations, kept from the table's stream, that finds every mistake.

Each write to the table is entered with its actor, and must be one that this actor may make: a
client creates or deletes exactly what it requested, and a reset moves exactly the stale
associations, to ``default``. If that is true for every single write, it is true for all of them in
any order: nothing is lost, nothing comes back, and nothing else changes.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from provisioning.core import identities
from provisioning.core.kinds import APPLICATION, DEFAULT_APPLICATION, ENTITY, KINDS, Kind
from provisioning.operations import journal_entry, shard_state, summary
from provisioning.operations.reassignment_kind import REASSIGN
from provisioning.resources import association_items
from provisioning.table import items, keys
from provisioning.table.items import Item
from provisioning.table.primary_keys import Key
from tests.support.actors import (
    Actor,
    Checking,
    Handling,
    Linking,
    Moving,
    Other,
    Resetting,
    Unlinking,
)
from tests.support.association_parts import default_key, key_account, marks, places, resource
from tests.support.associations import stored_items
from tests.support.stream import Record, image, key_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

    from provisioning.table.operation_types import Operation


@dataclass
class Effect:
    """What one write, or several, did to associations.

    Attributes:
        added: New associations, by key.
        removed: Deleted associations, as they were.
        replaced: Changed associations, as they were.
        reassigns: Whether it was for an operation with a target other than ``default``.
    """

    added: dict[Key, Item] = field(default_factory=dict)
    removed: dict[Key, Item] = field(default_factory=dict)
    replaced: dict[Key, Item] = field(default_factory=dict)
    reassigns: bool = False

    def __bool__(self) -> bool:
        """Return whether there is any effect."""
        return bool(self.added or self.removed or self.replaced)


class Ledger:
    """The associations of all accounts as they are, and what each operation has done.

    Attributes:
        existing: Associations by key.
        links: Entity links and resource links by key.
        done: Associations moved, by operation.
        merged: How many of them merged with another.
    """

    def __init__(self) -> None:
        self.existing: dict[Key, Item] = {}
        self.links: dict[Key, Item] = {}
        self.generations: dict[Key, str] = {}
        self.done: Counter[str] = Counter()
        self.merged: Counter[str] = Counter()
        self._reassigning: set[str] = set()

    def begin(self, records: Iterable[Record]) -> None:
        """Enter what was put into the table before the test."""
        effect = Effect()
        for record in records:
            self._apply(record, effect)

    def enter(self, actor: Actor, records: Sequence[Record]) -> Effect:
        """Enter what one write changed, and check that its actor may do that.

        Args:
            actor: Who wrote.
            records: The stream's records of it.

        Returns:
            What it did to associations.
        """
        before = dict(self.existing)
        effect = Effect()
        for record in records:
            self._apply(record, effect)
        self._expect_links_to_agree()
        if effect:
            self._judge(actor, effect, before)
        for record in records:
            self._count(actor, effect, image(record, "NewImage") or {})
        return effect

    def _count(self, actor: Actor, effect: Effect, item: Item) -> None:
        """Count what one write has moved, from the journal that it wrote."""
        if item.get("type") == "journalEntry":
            moved = [entry for entry in journal_entry.unpack(item["moves"]) if entry.was_moved]
            self.done[item["operationId"]] += len(moved)
            merged = sum(entry.outcome == journal_entry.MERGED for entry in moved)
            self.merged[item["operationId"]] += merged
            if not isinstance(actor, Moving):
                assert (len(effect.removed), len(effect.added)) == (len(moved), len(moved) - merged)
            assert {places(entry.before) for entry in moved} >= set(
                map(places, effect.removed.values())
            )

    def _apply(self, record: Record, effect: Effect) -> None:
        key, old, new = key_of(record), image(record, "OldImage"), image(record, "NewImage")
        item = new or old
        assert item is not None
        if "type" not in item:
            return  # A page index's: a count.
        if item["type"] == "association":
            self._sort(key, old, new, effect)
        shelf = self.existing if item["type"] == "association" else None
        if item["type"] in association_items.TYPES[1:]:
            shelf = self.links
        if shelf is not None:
            shelf.pop(key, None)
            shelf |= {} if new is None else {key: new}
        elif item["type"] == "operation" and "target" in item:
            self._reassigning.add(item["operationId"])
        elif item["type"] == "journalEntry":
            effect.reassigns = item["operationId"] in self._reassigning
        elif item["type"] in KINDS:
            self.generations.pop(key, None)
            self.generations |= {} if new is None else {key: new["generation"]}

    def _sort(self, key: Key, old: Item | None, new: Item | None, effect: Effect) -> None:
        if old is None:
            assert new is not None
            effect.added[key] = new
        elif new is None:
            effect.removed[key] = old
        else:
            effect.replaced[key] = old

    def _expect_links_to_agree(self) -> None:
        """Check that links are exactly those of the associations, by entity and by resource."""
        wanted = {
            key: marks(item)
            for item in self.existing.values()
            for key in association_items.keys_of(key_account(item), identities.of(item))[1:]
        }
        assert {key: marks(item) for key, item in self.links.items()} == wanted

    def _judge(self, actor: Actor, effect: Effect, before: dict[Key, Item]) -> None:
        match actor:
            case Linking():
                self._judge_linking(actor, effect, before)
            case Unlinking(key):
                assert (set(effect.removed), effect.added, effect.replaced) == ({key}, {}, {})
            case Resetting(_, kind, parent_id):
                assert all(item[kind.id_member] == parent_id for item in effect.removed.values())
                assert all(self.has_lost(item, kind) for item in effect.removed.values())
                self._judge_moves(effect, before)
            case Moving():
                self._judge_moving(effect, before)
            case Checking(key, creation_id):
                checked = effect.removed.get(key)
                assert checked is None or checked["creationId"] == creation_id
                self._judge_making_way(actor.resource, effect, before)
            case Handling():
                assert all(map(self.is_stale, effect.removed.values()))
                self._judge_moves(effect, before)
            case Other():
                raise AssertionError(effect)

    def _judge_linking(self, actor: Linking, effect: Effect, before: dict[Key, Item]) -> None:
        """Check that an association is new, or that a stale one is moved out of its way."""
        if effect.removed:
            self._judge_making_way(actor.resource, effect, before)
        else:
            assert (set(effect.added), effect.replaced) == ({actor.key}, {})

    def _judge_making_way(
        self, of: tuple[str, ...], effect: Effect, before: dict[Key, Item]
    ) -> None:
        """Check that one stale association of a resource is moved where it belongs.

        It is in the place of a new one, or in the place where another one is moved.
        """
        (moved,) = effect.removed.values()
        assert self.is_stale(moved)
        assert resource(moved) == of
        self._judge_moves(effect, before)

    def _judge_moves(self, effect: Effect, before: dict[Key, Item]) -> None:
        """Check that what was deleted exists under ``default``, and that nothing else was created.

        Associations that existed there before can only have more shares.
        """
        if effect.reassigns:
            self._judge_moving(effect, before)
            return
        targets = {default_key(item) for item in effect.removed.values()}
        assert set(effect.replaced) <= targets
        self._judge_shares(effect)
        assert set(effect.added) == targets - set(before)
        assert targets <= set(self.existing)

    def _judge_moving(self, effect: Effect, before: dict[Key, Item]) -> None:
        """Check that no resource is lost; associations that remain can only have other shares."""
        assert set(map(resource, before.values())) == set(map(resource, self.existing.values()))
        for key, old in effect.replaced.items():
            assert {**old, "shares": 0} == {**self.existing[key], "shares": 0}
            assert old["shares"] != self.existing[key]["shares"]

    def _judge_shares(self, effect: Effect) -> None:
        """Check that changed associations only have more shares."""
        for key, old in effect.replaced.items():
            assert {**old, "shares": 0} == {**self.existing[key], "shares": 0}
            assert old["shares"] < self.existing[key]["shares"]

    # --- questions ------------------------------------------------------------------------------

    def has_lost(self, item: Item, kind: Kind) -> bool:
        """Return whether an association's parent of this kind is gone."""
        identifier = item.get(kind.id_member)
        if identifier is None or (kind is APPLICATION and identifier == DEFAULT_APPLICATION):
            return False
        present = self.generations.get(keys.parent(key_account(item), kind, identifier))
        return bool(present != item[f"{kind.name}Generation"])

    def is_stale(self, item: Item) -> bool:
        """Return whether any parent of an association is gone."""
        return self.has_lost(item, APPLICATION) or self.has_lost(item, ENTITY)

    def linked(self, kind: Kind, identifier: str) -> list[Item]:
        """Return the associations of an application or entity with its current generation."""
        its = (i for i in self.existing.values() if i.get(kind.id_member) == identifier)
        return [item for item in its if not self.has_lost(item, kind)]

    def stale(self) -> list[Item]:
        """Return the stale associations."""
        return [item for item in self.existing.values() if self.is_stale(item)]

    def expect_rest(self, database: "DynamoDBClient", table: str) -> list[Item]:
        """Compare the ledger with the whole table, when nothing is left to be done.

        Returns:
            All operations, which have ended as they should.
        """
        found_items = list(stored_items(database, table))
        own, *links = (
            {items.key_of(item): item for item in found_items if item.get("type") == kind}
            for kind in association_items.TYPES
        )
        assert own == self.existing
        assert links[0] | links[1] == self.links
        self._expect_links_to_agree()
        assert self.stale() == []
        for item in found_items:
            if item.get("type") == "pageIndex":
                continue  # A reset can start it; the other consumer completes it.
            assert "open" not in item
            assert not item.get("working", False)
        return [expect_finished(item) for item in found_items if item.get("type") == "operation"]

    def expect_counts(self, finished: Iterable[Item]) -> None:
        """Compare the counts of operations with those of the ledger."""
        for shown in finished:
            name = shown["operationId"]
            assert (shown["done"], shown["merged"]) == (self.done[name], self.merged[name])


def expect_finished(operation: Item) -> Item:
    """Return what clients see of an operation, after checking that it has ended as it should.

    A reassignment may be cancelled, or fail because its target is gone.
    """
    shown = summary.of(cast("Operation", operation))
    ends = {shard_state.SUCCEEDED}
    if operation["kind"] == REASSIGN.name:
        ends |= {shard_state.CANCELLED if operation.get("cancelled") else shard_state.FAILED}
    assert shown["state"] in ends
    assert "resume" not in shown
    assert shown["requestedAt"] <= shown["startedAt"] <= shown["endedAt"]
    assert operation["openShards"] == 0
    return shown
