"""Keeps the books of an account's associations from the table's stream, and finds every mistake.

Each write to the table is entered with who made it, and must be a step that this one may take: a
client makes or removes just what it asked for, and a reset moves just what has lost its parent,
leaving it under ``default``. What holds of every step holds of any number of them in any order:
nothing is lost, nothing comes back, and nothing else changes.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from provisioning.core import identities
from provisioning.core.kinds import APPLICATION, DEFAULT_APPLICATION, ENTITY, KINDS, Kind
from provisioning.operations import journal_entry, shard_state, summary
from provisioning.operations.reassignment_kind import REASSIGN
from provisioning.resources import association_items
from provisioning.table import items, keys, primary_keys
from provisioning.table.items import Item
from provisioning.table.primary_keys import Key
from tests.support.associations import IDENTITY, stored_items
from tests.support.stream import Record, image, key_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

    from provisioning.table.operation_types import Operation


# --- who may write ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Linking:
    """A client that links a resource."""

    key: Key


@dataclass(frozen=True)
class Unlinking:
    """A client that removes a link."""

    key: Key


@dataclass(frozen=True)
class Resetting:
    """The function at work on an operation."""

    operation_id: str
    kind: Kind
    parent_id: str


@dataclass(frozen=True)
class Moving:
    """The function at work on an operation that moves links to anywhere, or back."""

    operation_id: str


@dataclass(frozen=True)
class Checking:
    """The function at an association that was written."""

    key: Key
    creation_id: str


@dataclass(frozen=True)
class Handling:
    """The function at a batch of records."""


@dataclass(frozen=True)
class Other:
    """Anyone who has no business with associations."""


Actor = Linking | Unlinking | Resetting | Moving | Checking | Handling | Other


def receiver(record: Record) -> Actor:
    """Return who acts when a record is delivered."""
    item = image(record, "NewImage")
    assert item is not None
    if item["type"] == "association":
        return Checking(key_of(record), item["creationId"])
    if not item["kind"].startswith("DELETE_") or "target" in item:
        return Moving(item["operationId"])
    return Resetting(item["operationId"], KINDS[item["parentKind"]], item["parentId"])


# --- the books ------------------------------------------------------------------------------------


def default_key(item: Item) -> Key:
    """Return the key under which an association's resource stands once it is reset."""
    target = identities.of(item).by_default()
    return association_items.key_of(primary_keys.account_of(item["PK"]), target)


@dataclass
class Effect:
    """What one write, or several, did to associations: their items by key, before or after it, and
    whether it was for an operation that takes them elsewhere than to ``default``.
    """

    added: dict[Key, Item] = field(default_factory=dict)
    removed: dict[Key, Item] = field(default_factory=dict)
    replaced: dict[Key, Item] = field(default_factory=dict)
    reassigns: bool = False

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        return bool(self.added or self.removed or self.replaced)


class Ledger:
    """The associations of all accounts as they stand, and what each operation has done.

    Attributes:
        standing: Associations by key.
        links: Entity links by key.
        done: Links moved, by operation.
        merged: Those of them that became one with another.
    """

    def __init__(self) -> None:
        self.standing: dict[Key, Item] = {}
        self.links: dict[Key, Item] = {}
        self.generations: dict[Key, str] = {}
        self.done: Counter[str] = Counter()
        self.merged: Counter[str] = Counter()
        self._reassigning: set[str] = set()

    def begin(self, records: Iterable[Record]) -> None:
        """Enter what was put into the table beforehand, whoever did it."""
        effect = Effect()
        for record in records:
            self._apply(record, effect)

    def enter(self, actor: Actor, records: Sequence[Record]) -> Effect:
        """Enter what one write changed, and refuse what its actor may not do.

        Args:
            actor: Who wrote.
            records: The stream's records of it.

        Returns:
            What became of associations by it.
        """
        before = dict(self.standing)
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
        """Count what one write has moved for the operation whose journal it wrote."""
        if item.get("type") == "journalEntry":
            told = [entry for entry in journal_entry.unpack(item["moves"]) if entry.was_moved]
            self.done[item["operationId"]] += len(told)
            merged = sum(entry.outcome == journal_entry.MERGED for entry in told)
            self.merged[item["operationId"]] += merged
            if not isinstance(actor, Moving):
                assert (len(effect.removed), len(effect.added)) == (len(told), len(told) - merged)
            assert {places(entry.before) for entry in told} >= set(
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
        shelf = {"association": self.standing, "entityLink": self.links}.get(item["type"])
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
        """Every association with an entity has exactly its link; no link stands alone."""
        wanted = {
            association_items.keys_of(key_account(item), identities.of(item))[1]: marks(item)
            for item in self.standing.values()
            if "entityId" in item
        }
        assert {key: marks(item) for key, item in self.links.items()} == wanted

    def _judge(self, actor: Actor, effect: Effect, before: dict[Key, Item]) -> None:
        match actor:
            case Linking(key):
                self._judge_linking(key, effect)
            case Unlinking(key):
                assert (set(effect.removed), effect.added, effect.replaced) == ({key}, {}, {})
            case Resetting(_, kind, parent_id):
                assert all(item[kind.id_member] == parent_id for item in effect.removed.values())
                assert all(self.has_lost(item, kind) for item in effect.removed.values())
                self._judge_moves(effect, before)
            case Moving():
                self._judge_moving(effect, before)
            case Checking(key, creation_id):
                assert {k: i["creationId"] for k, i in effect.removed.items()} == {key: creation_id}
                assert self.is_stale(effect.removed[key])
                self._judge_moves(effect, before)
            case Handling():
                assert all(map(self.is_stale, effect.removed.values()))
                self._judge_moves(effect, before)
            case Other():
                raise AssertionError(effect)

    def _judge_linking(self, key: Key, effect: Effect) -> None:
        """A link is new, or takes the place of a stale one, whose resource stays."""
        assert not effect.removed
        if effect.replaced:
            old = effect.replaced.pop(key)
            assert self.is_stale(old)
            assert {*effect.added, *effect.replaced} <= {default_key(old)}
            assert default_key(old) in self.standing
            self._judge_shares(effect)
        else:
            assert set(effect.added) == {key}

    def _judge_moves(self, effect: Effect, before: dict[Key, Item]) -> None:
        """What is removed stands where it goes at once (``default``), and nothing else does.

        What stood there before may have got further shares, and nothing else.
        """
        if effect.reassigns:
            self._judge_moving(effect, before)
            return
        targets = {default_key(item) for item in effect.removed.values()}
        assert set(effect.replaced) <= targets
        self._judge_shares(effect)
        assert set(effect.added) == targets - set(before)
        assert targets <= set(self.standing)

    def _judge_moving(self, effect: Effect, before: dict[Key, Item]) -> None:
        """Every resource stands somewhere; what only stays has got more or fewer shares."""
        assert set(map(resource, before.values())) == set(map(resource, self.standing.values()))
        for key, old in effect.replaced.items():
            assert {**old, "shares": 0} == {**self.standing[key], "shares": 0}
            assert old["shares"] != self.standing[key]["shares"]

    def _judge_shares(self, effect: Effect) -> None:
        """What stands and was written has got shares, and nothing else was changed."""
        for key, old in effect.replaced.items():
            assert {**old, "shares": 0} == {**self.standing[key], "shares": 0}
            assert old["shares"] < self.standing[key]["shares"]

    # --- questions ------------------------------------------------------------------------------

    def has_lost(self, item: Item, kind: Kind) -> bool:
        """Tell whether an association's parent of this kind is gone."""
        identifier = item.get(kind.id_member)
        if identifier is None or (kind is APPLICATION and identifier == DEFAULT_APPLICATION):
            return False
        present = self.generations.get(keys.parent(key_account(item), kind, identifier))
        return bool(present != item[f"{kind.name}Generation"])

    def is_stale(self, item: Item) -> bool:
        """Tell whether any parent of an association is gone."""
        return self.has_lost(item, APPLICATION) or self.has_lost(item, ENTITY)

    def linked(self, kind: Kind, identifier: str) -> list[Item]:
        """Return the associations of an application or entity as it is now."""
        its = (i for i in self.standing.values() if i.get(kind.id_member) == identifier)
        return [item for item in its if not self.has_lost(item, kind)]

    def stale(self) -> list[Item]:
        """Return the associations that are still to be reset."""
        return [item for item in self.standing.values() if self.is_stale(item)]

    def expect_rest(self, database: "DynamoDBClient", table: str) -> list[Item]:
        """Compare with the whole table, item by item, once nothing is left to be done.

        Returns:
            All operations, each of which has succeeded.
        """
        found_items = list(stored_items(database, table))
        of_type = {
            kind: {items.key_of(item): item for item in found_items if item.get("type") == kind}
            for kind in ("association", "entityLink")
        }
        assert of_type == {"association": self.standing, "entityLink": self.links}
        self._expect_links_to_agree()
        assert self.stale() == []
        for item in found_items:
            if item.get("type") == "pageIndex":
                continue  # Begun by a reset, completed by another consumer.
            assert "open" not in item
            assert not item.get("working", False)
        return [expect_finished(item) for item in found_items if item.get("type") == "operation"]

    def expect_counts(self, finished: Iterable[Item]) -> None:
        """Compare what operations say they have done with what they were seen to do."""
        for shown in finished:
            name = shown["operationId"]
            assert (shown["done"], shown["merged"]) == (self.done[name], self.merged[name])


def expect_finished(operation: Item) -> Item:
    """Return what clients see of an operation that has ended as it should: a reassignment may be
    cancelled, or fail because its target is gone.
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


def resource(item: Item) -> tuple[str, ...]:
    """Return what names the resource of an association."""
    return tuple(item[member] for member in ("resourceType", "channel", "resourceId"))


def places(item: Mapping[str, str]) -> tuple[str | None, ...]:
    """Return what names an association."""
    return tuple(item.get(member) for member in IDENTITY)


def key_account(item: Item) -> str:
    """Return the account that an item belongs to."""
    return primary_keys.account_of(item["PK"])


def marks(item: Item) -> Item:
    """Return what an association and its link must have in common."""
    members = ("creationId", "applicationGeneration", "entityGeneration")
    return {name: item.get(name) for name in members}
