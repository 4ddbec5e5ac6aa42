"""Reassigning or deleting all associations that match a filter, by one operation.

Associations are read where a list with the same filter reads them. Whether one matches is decided
when the operation reaches it, so associations that are created in the meantime can be included.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from provisioning.core import identities
from provisioning.core.origins import Origin
from provisioning.operations.creation import new_operation, new_shard
from provisioning.operations.move import Move
from provisioning.operations.operation_kind import ASSOCIATIONS_AT_ONCE
from provisioning.operations.reassignment_kind import REASSIGN
from provisioning.operations.target import Target, require_existing
from provisioning.operations.unlinking_kind import UNLINK
from provisioning.paging import pages
from provisioning.resources import association_items, queries
from provisioning.table import dynamodb, keys, reads, writes
from provisioning.table.item_types import AssociationItem
from provisioning.table.items import Item
from provisioning.table.operation_types import Shard
from provisioning.table.primary_keys import KeyRange

EXAMINED_UNITS = 40
"""Read units that the associations of a preview, with their parents, may cost."""
SAMPLE = 10
"""Associations that a preview shows."""
_FIRST_PART = 20
"""Associations that are examined first: if all their parents differ, they cost two units each."""
_LOOKED_UP = 40
"""Associations up to which each is looked up at the target; for more, all there are read."""
_READ_THERE = 1000
"""Associations that are read there at most."""


@dataclass(frozen=True)
class Preview:
    """What a reassignment would do.

    Attributes:
        total: How many associations match the filter.
        moved: How many of them would move; the others are at the target, or are being reset. None
            if there are too many to count.
        merged: How many of these would merge with another; None if there are too many to count.
        sample: The first ones that would move.
    """

    total: int
    moved: int | None
    merged: int | None
    sample: list[Item]


def start(account_id: str, filters: Item, target: Target, origin: Origin) -> str:
    """Start an operation that moves all associations that match a filter.

    An ``entityId`` of None in the filter matches those without entity.

    Returns:
        The id of the operation.

    Raises:
        InvalidError: The target does not exist.
    """
    require_existing(account_id, target, "target.")
    return _start(account_id, filters, target, origin)


def start_unlinking(account_id: str, filters: Item, origin: Origin) -> str:
    """Start an operation that deletes all associations that match a filter (see ``start``).

    Returns:
        The id of the operation.
    """
    return _start(account_id, filters, None, origin)


def _start(account_id: str, filters: Item, target: Target | None, origin: Origin) -> str:
    ranges = queries.ranges(account_id, filters)
    total = pages.total(ranges)
    shards = _new_shards(account_id, ranges, (filters, target), total, origin)
    writes.transact([writes.create(shard) for shard in shards])
    return shards[0]["operationId"]


def preview_unlinking(account_id: str, filters: Item) -> Preview:
    """Return which associations an unlinking would delete, without doing it."""
    found = pages.window(queries.ranges(account_id, filters), 0, SAMPLE)
    return Preview(found.total, None, None, list(found.items))


def preview(account_id: str, filters: Item, target: Target) -> Preview:
    """Return what a reassignment would do, without doing it.

    Raises:
        InvalidError: The target does not exist.
    """
    require_existing(account_id, target, "target.")
    ranges = queries.ranges(account_id, filters)
    total = pages.total(ranges)
    shards = _new_shards(account_id, ranges, (filters, target), total, _PREVIEW)
    moves: list[Move] = []
    for found in _examined(ranges):
        if found is None:
            return Preview(total, None, None, [move.known for move in moves[:SAMPLE]])
        moves += REASSIGN.moves(shards[0], found) if found else ()
    merged = _merged(account_id, {**filters, **target.members()}, moves)
    return Preview(total, len(moves), merged, [move.known for move in moves[:SAMPLE]])


def _examined(ranges: list[KeyRange[AssociationItem]]) -> Iterator[list[Item] | None]:
    """Yield associations in parts; at last None if they and their parents cost too much."""
    used_before, read, size = dynamodb.usage.read_units, 0, _FIRST_PART
    for key_range in ranges:
        after: str | None = None
        while True:
            found = reads.query(key_range, after=after, limit=size)
            yield list(found.items)
            read += len(found.items)
            used = dynamodb.usage.read_units - used_before
            if found.last is None:
                break
            if used > EXAMINED_UNITS:
                yield None
                return
            affordable = int(read * (EXAMINED_UNITS - used) / max(used, 1))
            after, size = found.last, max(_FIRST_PART, min(ASSOCIATIONS_AT_ONCE, affordable))


def _merged(account_id: str, filters: Item, moves: list[Move]) -> int | None:
    """Return how many moves would merge with another association; None if it costs too much.

    A move does not merge with an association whose own parent is gone: that association is moved
    out of the way first.
    """
    targets = {move.after: move.generations for move in moves}
    there: Iterable[AssociationItem]
    if len(targets) <= _LOOKED_UP:
        there = reads.batch_get(keys.association(account_id, target) for target in targets).values()
    else:
        ranges = queries.ranges(account_id, filters)
        if pages.total(ranges) > _READ_THERE:
            return None
        there = (item for key_range in ranges for item in reads.query_all(key_range))
    existing = sum(
        association_items.stored_generations(item) == targets.get(identities.of(item))
        for item in there
    )
    return len(moves) - len(targets) + existing


_PREVIEW = Origin("preview")


def _new_shards(
    account_id: str,
    ranges: list[KeyRange],
    what: tuple[Item, Target | None],
    total: int,
    origin: Origin,
) -> list[Shard]:
    """Return a new operation and its further shards: one for each key range."""
    first, *further = ranges
    filters, target = what
    operation = new_operation(
        account_id,
        UNLINK.name if target is None else REASSIGN.name,
        origin,
        filter=json.dumps(filters),
        target=None if target is None else json.dumps(target.members()),
        openShards=len(ranges),
        split=bool(further),
        total=total,
        **_bounds(first),
    )
    return [operation, *(new_shard(operation, **_bounds(each)) for each in further)]


def _bounds(key_range: KeyRange) -> Item:
    """Return what a shard stores of its key range: it reads items whole."""
    return {
        "partition": key_range.partition,
        "first": key_range.first,
        "last": key_range.last,
    }
