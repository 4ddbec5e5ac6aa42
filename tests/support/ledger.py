"""Keeps the books of an account's associations from the table's stream, and finds every mistake.

Each write to the table is entered with who made it, and must be a step that this one may take: a
client makes or removes just what it asked for, and a reset moves just what has lost its parent,
leaving it under ``default``. What holds of every step holds of any number of them in any order:
nothing is lost, nothing comes back, and nothing else changes.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from provisioning import associations, dynamodb, keys, operations
from provisioning.dynamodb import Item
from provisioning.keys import Key
from provisioning.kinds import APPLICATION, DEFAULT_APPLICATION, ENTITY, KINDS, Kind
from tests.support.associations import items as all_items
from tests.support.stream import Record, image, key_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


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


Actor = Linking | Unlinking | Resetting | Checking | Handling | Other


def receiver(record: Record) -> Actor:
    """Return who acts when a record is delivered."""
    item = image(record, "NewImage")
    assert item is not None
    if item["type"] == "association":
        return Checking(key_of(record), item["creationId"])
    return Resetting(item["operationId"], KINDS[item["parentKind"]], item["parentId"])


# --- the books ------------------------------------------------------------------------------------


def default_key(item: Item) -> Key:
    """Return the key under which an association's resource stands once it is reset."""
    target = associations.default_of(associations.of(item))
    return associations.key_of(keys.account_of(item["PK"]), target)


@dataclass
class Effect:
    """What one write, or several, did to associations: their items by key, before or after it."""

    added: dict[Key, Item] = field(default_factory=dict)
    removed: dict[Key, Item] = field(default_factory=dict)
    replaced: dict[Key, Item] = field(default_factory=dict)

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

    def begin(self, records: Iterable[Record]) -> None:
        """Enter what was put into the table beforehand, whoever did it."""
        effect = Effect()
        for record in records:
            self._apply(record, effect)

    def enter(self, actor: Actor, records: Iterable[Record]) -> Effect:
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
        return effect

    def _apply(self, record: Record, effect: Effect) -> None:
        key, old, new = key_of(record), image(record, "OldImage"), image(record, "NewImage")
        item = new or old
        assert item is not None
        if item["type"] == "association":
            self._sort(key, old, new, effect)
        shelf = {"association": self.standing, "entityLink": self.links}.get(item["type"])
        if shelf is not None:
            shelf.pop(key, None)
            shelf |= {} if new is None else {key: new}
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
            associations.keys_of(key_account(item), associations.of(item))[1]: marks(item)
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
            case Resetting(operation_id, kind, parent_id):
                for item in effect.removed.values():
                    assert item[kind.id_member] == parent_id
                    assert self.has_lost(item, kind)
                self._judge_moves(effect, before)
                self.done[operation_id] += len(effect.removed)
                self.merged[operation_id] += len(effect.removed) - len(effect.added)
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
            ((replaced, old),) = effect.replaced.items()
            assert replaced == key
            assert self.is_stale(old)
            assert set(effect.added) <= {default_key(old)}
            assert default_key(old) in self.standing
        else:
            assert set(effect.added) == {key}

    def _judge_moves(self, effect: Effect, before: dict[Key, Item]) -> None:
        """What is removed stands under ``default`` at once, and nothing else does."""
        assert not effect.replaced
        targets = {default_key(item) for item in effect.removed.values()}
        assert set(effect.added) == targets - set(before)
        assert targets <= set(self.standing)

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

    def stale(self) -> list[Item]:
        """Return the associations that are still to be reset."""
        return [item for item in self.standing.values() if self.is_stale(item)]

    def expect_rest(self, database: "DynamoDBClient", table: str) -> list[Item]:
        """Compare with the whole table, item by item, once nothing is left to be done.

        Returns:
            All operations, each of which has succeeded.
        """
        items = list(all_items(database, table))
        of_type = {
            kind: {dynamodb.key_of(item): item for item in items if item.get("type") == kind}
            for kind in ("association", "entityLink")
        }
        assert of_type == {"association": self.standing, "entityLink": self.links}
        self._expect_links_to_agree()
        assert self.stale() == []
        for item in items:
            assert "open" not in item
            assert not item.get("working", False)
        return [expect_finished(item) for item in items if item.get("type") == "operation"]

    def expect_counts(self, finished: Iterable[Item]) -> None:
        """Compare what operations say they have done with what they were seen to do."""
        for shown in finished:
            name = shown["operationId"]
            assert (shown["done"], shown["merged"]) == (self.done[name], self.merged[name])


def expect_finished(operation: Item) -> Item:
    """Return what clients see of an operation that has succeeded."""
    shown = operations.shown(operation)
    assert shown["state"] == operations.SUCCEEDED
    assert shown["requestedAt"] <= shown["startedAt"] <= shown["endedAt"]
    assert operation["parts"] == 0
    return shown


def key_account(item: Item) -> str:
    """Return the account that an item belongs to."""
    return keys.account_of(item["PK"])


def marks(item: Item) -> Item:
    """Return what an association and its link must have in common."""
    members = ("creationId", "applicationGeneration", "entityGeneration")
    return {name: item.get(name) for name in members}
