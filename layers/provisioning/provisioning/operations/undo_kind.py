"""The kind of operation that moves associations back, as the journal of another operation says."""

from collections.abc import Iterable, Iterator
from typing import cast

from provisioning.core import identities
from provisioning.operations import journal_entry
from provisioning.operations.journal_entry import PARENT_GONE, UNLINKED, JournalEntry
from provisioning.operations.move import Move
from provisioning.operations.operation_kind import OperationKind
from provisioning.operations.parent_checks import Present
from provisioning.operations.shard_state import Changes, is_operation
from provisioning.operations.target import Parent
from provisioning.resources import association_items, parents, strategy_removal
from provisioning.table import operation_keys
from provisioning.table.items import Item
from provisioning.table.operation_types import Operation, Shard
from provisioning.table.primary_keys import KeyRange

JOURNAL_ITEMS_AT_ONCE = 5
"""Journal items read at a time, each with the moves of one transaction."""


def _key_range(shard: Shard) -> KeyRange:
    return operation_keys.journal(shard["accountId"], shard["source"])


def _moves(shard: Shard, found: list[Item]) -> Iterator[Move]:
    entries = list(_entries(shard, found))
    wanted = {
        parent
        for entry, _ in entries
        for parent in association_items.parents_of(identities.of(entry.before)).values()
    }
    present = parents.find(shard["accountId"], wanted)
    for entry, progress in entries:
        yield _move(entry, present, progress)


def _move(entry: JournalEntry, present: Present, progress: Changes) -> Move:
    before, after = identities.of(entry.after), identities.of(entry.before)
    needed = association_items.parents_of(after)
    gone = not all(
        _is_same_or_restored(present, parent, entry.generations.get(attribute))
        for attribute, parent in needed.items()
    )
    generations = {} if gone else {name: present[needed[name]]["generation"] for name in needed}
    return Move(
        before,
        after,
        {"creationId": entry.left},
        generations,
        progress,
        added={"formerId": entry.made_by, "shares": entry.shares},
        is_share=True,
        restores=entry.outcome == UNLINKED,
        refused=PARENT_GONE if gone else None,
    )


def _is_same_or_restored(present: Present, parent: Parent, generation: str | None) -> bool:
    """Return whether a parent has a generation, or was restored after being deleted with it."""
    item = present.get(parent)
    return item is not None and generation in {
        item["generation"],
        *(item.get("formerGenerations") or ()),
    }


def _entries(shard: Shard, found: Iterable[Item]) -> Iterator[tuple[JournalEntry, Changes]]:
    """Yield the entries to undo, each with the shard's progress once it is undone.

    A journal item can take several transactions. Until its last entry is undone, the cursor stays
    before the item, and ``skip`` counts the entries that are.
    """
    before, skip = shard.get("cursor"), shard.get("skip") or 0
    for item in found:
        entries = list(journal_entry.unpack(item["moves"]))
        for number, entry in enumerate(entries):
            if number < skip or not entry.was_moved:
                continue
            is_last = number == len(entries) - 1
            yield (
                entry,
                {"cursor": item["SK"], "skip": None}
                if is_last
                else {"cursor": before, "skip": number + 1},
            )
        before, skip = item["SK"], 0


def _begin(shard: Shard) -> None:
    """Restore the sending strategies that the undone operation removed."""
    if is_operation(shard):
        operation = cast("Operation", shard)
        strategy_removal.restore(
            operation["accountId"], operation["undoes"], strategy_removal.cause_of(operation)
        )


UNDO = OperationKind(
    "UNDO",
    _key_range,
    _moves,
    _begin,
    page_size=JOURNAL_ITEMS_AT_ONCE,
    can_split=False,
    can_undo=False,
)
