"""Reassigning all associations that match a filter, by one operation.

Associations are read where all of them are listed without delay: under their application or
entity, or, if the filter names neither, among all of the account. Whether one matches is decided
when the operation reaches it, so associations that are created in the meantime can be included.
"""

import json
from dataclasses import dataclass
from itertools import islice

from provisioning.core.origins import Origin
from provisioning.operations.creation import new_operation, new_shard
from provisioning.operations.operation_kind import ASSOCIATIONS_AT_ONCE
from provisioning.operations.reassignment_kind import REASSIGN
from provisioning.operations.target import Target, require_existing
from provisioning.resources import association_items, queries
from provisioning.resources.association_shapes import AssociationQuery
from provisioning.table import reads, writes
from provisioning.table.items import Item
from provisioning.table.operation_types import Shard
from provisioning.table.primary_keys import KeyRange

EXAMINED = 10_000
"""Associations up to which a preview is exact."""
SAMPLE = 10
"""Associations that a preview shows."""


@dataclass(frozen=True)
class Preview:
    """What a reassignment would do.

    Attributes:
        total: How many associations match the filter.
        moved: How many of them would move; the others are at the target, or are being reset. None
            if there are too many to tell.
        merged: How many of these would merge with another; None if there are too many to tell.
        sample: The first ones that would move.
    """

    total: int
    moved: int | None
    merged: int | None
    sample: list[Item]


def start(account_id: str, filters: Item, target: Target, origin: Origin) -> str:
    """Start an operation that moves all associations that match a filter.

    Args:
        account_id: The account.
        filters: The members that they have, as in a list; an ``entityId`` of None matches those
            without entity.
        target: Where they go.
        origin: Who requests it.

    Returns:
        The id of the operation.

    Raises:
        InvalidError: The target does not exist.
        ThrottledError, UnavailableError: The table could not be read or written.
    """
    require_existing(account_id, target, "target.")
    query = _query(filters)
    ranges = queries.ranges_to_scan(account_id, query)
    total = queries.page(account_id, query).total
    shards = _new_shards(account_id, ranges, (filters, target), total, origin)
    writes.transact([writes.create(shard) for shard in shards])
    return shards[0]["operationId"]


def preview(account_id: str, filters: Item, target: Target) -> Preview:
    """Return what a reassignment would do, without doing it.

    Raises:
        InvalidError: The target does not exist.
        ThrottledError, UnavailableError: The table could not be read.
    """
    require_existing(account_id, target, "target.")
    query = _query(filters)
    total = queries.page(account_id, query).total
    if total > EXAMINED:
        return Preview(total, None, None, [])
    ranges = queries.ranges_to_scan(account_id, query)
    shards = _new_shards(account_id, ranges, (filters, target), total, _PREVIEW)
    moves = [
        move
        for key_range in ranges
        for found in reads.query_pages(key_range, ASSOCIATIONS_AT_ONCE)
        if found
        for move in REASSIGN.moves(shards[0], found)
    ]
    targets = {association_items.key_of(account_id, move.after) for move in moves}
    merged = len(moves) - len(targets) + len(reads.batch_get(targets))
    return Preview(total, len(moves), merged, [move.known for move in islice(moves, SAMPLE)])


_PREVIEW = Origin("preview")


def _query(filters: Item) -> AssociationQuery:
    return AssociationQuery.model_validate({**filters, "page": 0, "size": 1})


def _new_shards(
    account_id: str,
    ranges: list[KeyRange],
    what: tuple[Item, Target],
    total: int,
    origin: Origin,
) -> list[Shard]:
    """Return a new operation and its further shards: one for each key range.

    Args:
        account_id: The account.
        ranges: The key ranges that hold the associations.
        what: The filters and the target.
        total: How many associations match.
        origin: Who requests it.
    """
    first, *further = ranges
    operation = new_operation(
        account_id,
        REASSIGN.name,
        origin,
        filter=json.dumps(what[0]),
        target=json.dumps(what[1].members()),
        openShards=len(ranges),
        split=bool(further),
        total=total,
        **first._asdict(),
    )
    return [operation, *(new_shard(operation, **each._asdict()) for each in further)]
