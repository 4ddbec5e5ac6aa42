"""The kind of operation that moves associations back, as the journal of another operation says.

Each shard of the undone operation has a journal. A shard of the undo reads several of them, one
after the other: that of ``source``, then those of the later shards up to ``lastSource``. It splits
by the journals that remain. So an undo starts as one shard, however many the operation had.
"""

from collections.abc import Iterable, Iterator
from typing import cast

from provisioning.core import identities
from provisioning.operations import journal_entry
from provisioning.operations.journal_entry import PARENT_GONE, UNLINKED, JournalEntry
from provisioning.operations.move import Move
from provisioning.operations.operation_kind import OperationKind, Split
from provisioning.operations.parent_checks import Present
from provisioning.operations.shard_state import Changes, is_operation
from provisioning.operations.target import Parent
from provisioning.resources import association_items, parents, strategy_removal
from provisioning.table import items, key_order, operation_keys, reads
from provisioning.table.items import Item
from provisioning.table.operation_types import Operation, Shard
from provisioning.table.primary_keys import KeyRange

JOURNAL_ITEMS_AT_ONCE = 5
"""Journal items read at a time, each with the moves of one transaction."""


def _key_range(shard: Shard) -> KeyRange:
    return operation_keys.journal(shard["accountId"], shard["source"])


def _sources(shard: Shard, after: str) -> KeyRange[Shard]:
    """Return the range of the shards that an undo's shard has still to read the journals of.

    Args:
        shard: The undo's shard.
        after: The id of the shard, or the bound between two, behind which the range begins.
    """
    within = operation_keys.shards(shard["accountId"], shard["undoes"])
    # The operation's own item is its first shard, and not among the others.
    first = within.first if after == shard["undoes"] else _behind(shard, after)
    return within._replace(first=first, last=_sort_key(shard, shard["lastSource"]))


def _sort_key(shard: Shard, shard_id: str) -> str:
    return operation_keys.shard(shard["accountId"], shard["undoes"], shard_id).sort


def _behind(shard: Shard, shard_id: str) -> str:
    """Return the lowest sort key behind that of a shard."""
    return _sort_key(shard, shard_id) + "!"


def _next_source(shard: Shard) -> Changes | None:
    if "lastSource" not in shard or shard["source"] == shard["lastSource"]:
        return None
    following = reads.query(_sources(shard, shard["source"]), limit=1).items
    return {**_at(following[0]), "cursor": None, "skip": None} if following else None


def _at(source: Shard) -> Changes:
    return {"source": operation_keys.shard_id(items.key_of(source))}


def _split(shard: Shard) -> Split | None:
    if "lastSource" not in shard or shard["source"] == shard["lastSource"]:
        return None
    remaining = _sources(shard, shard["source"])
    following = reads.query(remaining, limit=1).items
    last = reads.query(remaining, limit=1, backwards=True).items
    if not following or not last:
        return None
    ends = (_at(following[0])["source"], _at(last[0])["source"])
    middle = key_order.between(*ends)
    if middle is None:  # A single journal remains.
        new = _at(following[0]) | {"lastSource": ends[1]}
        return Split({"lastSource": shard["source"]}, new)
    second_half = reads.query(_sources(shard, middle), limit=1).items
    return Split({"lastSource": middle}, _at(second_half[0]) | {"lastSource": shard["lastSource"]})


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
    return item is not None and generation in items.generations_of(item)


def _entries(shard: Shard, found: Iterable[Item]) -> Iterator[tuple[JournalEntry, Changes]]:
    """Yield the entries to undo, each with the shard's progress once it is undone.

    A journal item can take several transactions. Until its last entry is undone, the cursor stays
    before the item, and ``skip`` counts the entries that are.
    """
    source = {"source": shard["source"]}
    before, skip = shard.get("cursor"), shard.get("skip") or 0
    for item in found:
        entries = list(journal_entry.unpack(item["moves"]))
        for number, entry in enumerate(entries):
            if number < skip or not entry.was_moved:
                continue
            is_last = number == len(entries) - 1
            yield (
                entry,
                source | {"cursor": item["SK"], "skip": None}
                if is_last
                else source | {"cursor": before, "skip": number + 1},
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
    next_part=_next_source,
    split=_split,
    can_undo=False,
)
