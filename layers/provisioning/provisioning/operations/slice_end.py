"""The end of a slice: continuing the shard, splitting it, or ending it and its operation."""

from collections.abc import Callable
from typing import cast

from provisioning.core.clock import now
from provisioning.operations import creation, lookup, operation_kinds, pacing, shard_writes
from provisioning.operations.creation import new_shard
from provisioning.operations.operation_kind import Split
from provisioning.operations.shard_state import Changes, applied, is_operation
from provisioning.operations.transitions import (
    NO_FAILURE,
    operation_ended,
    shard_ended,
    shard_expiry,
    started,
)
from provisioning.table import items, key_order, reads, writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.operation_types import Operation, Shard
from provisioning.table.primary_keys import KeyRange
from provisioning.table.retries import BACKGROUND_ATTEMPTS, retry_on_conflict
from provisioning.table.writes import ItemUpdate, Write

OPEN_SHARDS = 16
"""Shards of one operation at most that are worked on at the same time."""
MAXIMUM_SHARDS = 200
"""Shards of one operation at most, so that what reads all of them stays cheap."""
EXPIRED_AT_ONCE = 1000
"""Shards that one slice lets expire at most."""


def key_range(shard: Shard) -> KeyRange:
    """Return the key range that a shard covers."""
    whole = operation_kinds.of(shard).key_range(shard)
    return whole._replace(first=shard.get("first", whole.first), last=shard.get("last", whole.last))


def write(shard: Shard, ending: Callable[[Shard, Operation], list[Write]]) -> None:
    """End a slice.

    Args:
        shard: The shard, as this worker left it.
        ending: Returns the writes, for the shard and its operation as it is now.

    Raises:
        OvertakenError: Another worker has written the shard.
    """

    def attempt() -> None:
        operation = lookup.get(shard["accountId"], shard["operationId"])
        try:
            writes.transact(ending(shard, operation))
        except ConditionFailedError:
            # Another shard has changed the operation, which is read again, or
            shard_writes.require_current(shard)
            raise

    retry_on_conflict(attempt, attempts=BACKGROUND_ATTEMPTS)


def continuing(shard: Shard, operation: Operation) -> list[Write]:
    """Return the writes whose stream record starts the next slice.

    While an operation has few shards and the table takes more, half of what remains becomes another
    one.
    """
    if operation.get("cancelled"):
        return finishing(shard, operation)
    changes = _next_slice(shard)
    split = _split(shard) if _may_split(operation) else None
    if split is None:
        return [shard_writes.update(shard, changes)]
    counted = {
        "openShards": operation["openShards"] + 1,
        "split": True,
        "shards": operation.get("shards", 1) + 1,
    }
    half = new_shard(operation, partition=shard.get("partition"), **split.new)
    return [
        *_on_both(shard, changes | split.kept, operation, counted),
        writes.create(half),
    ]


def _next_slice(shard: Shard) -> Changes:
    """Return the changes whose stream record starts the next slice of a shard."""
    return {
        "sliceNumber": shard["sliceNumber"] + 1,
        "revision": shard["revision"] + 1,
        "awake": True,
        "source": shard.get("source"),
        "cursor": shard.get("cursor"),
        "skip": shard.get("skip"),
        "updatedAt": now(),
        **NO_FAILURE,
        **started(shard),
    }


def _may_split(operation: Operation) -> bool:
    return (
        operation["openShards"] < OPEN_SHARDS
        and operation.get("shards", 1) < MAXIMUM_SHARDS
        and not pacing.is_limited(operation)
    )


def _split(shard: Shard) -> Split | None:
    """Return how a shard becomes two; None if little of it remains."""
    kind = operation_kinds.of(shard)
    if kind.split is not None:
        return kind.split(shard)
    if "cursor" not in shard:
        return None
    end = reads.query(key_range(shard), limit=1, backwards=True).items
    middle = key_order.between(shard["cursor"], end[0]["SK"]) if end else None
    if middle is None:
        return None
    return Split({"last": middle}, {"first": middle, "last": shard.get("last")})


def finishing(shard: Shard, operation: Operation, reason: str | None = None) -> list[Write]:
    """Return the writes that end a shard, and with the last shard its operation.

    Args:
        shard: The shard.
        operation: Its operation.
        reason: Why the shard ends before it is done, if it does.
    """
    open_shards = operation["openShards"] - 1
    counted: Changes = {"openShards": open_shards}
    if open_shards > 0:
        if reason is not None:
            counted["ended"] = reason
        return _on_both(shard, shard_ended(), operation, counted)
    # Before the operation ends, not after: if this is cut off, both are done again.
    if not _expire_shards(operation):
        pending = {"ended": reason or operation.get("ended")}
        return _on_both(shard, _next_slice(shard) | {"ending": True}, operation, pending)
    ended = shard_ended() | shard_expiry()
    end = operation_ended(operation, reason)
    expiring = creation.links(cast("Operation", applied(operation, end)))
    return [
        *_on_both(shard, ended, operation, counted | end),
        *map(writes.put, expiring),
    ]


def _expire_shards(operation: Operation) -> bool:
    """Let other shards of an operation expire; return whether all that are done expire now."""
    lasting = _lasting_shards(operation)
    writes.update_each(
        [
            ItemUpdate(items.key_of(shard), shard_expiry(), {"working": False})
            for shard in lasting[:EXPIRED_AT_ONCE]
        ]
    )
    return not lasting or not _lasting_shards(operation)


def _lasting_shards(operation: Operation) -> list[Shard]:
    """Return the other shards of an operation that are done and do not expire."""
    return [
        shard
        for shard in lookup.further_shards(operation)
        if not shard["working"] and "expiresAt" not in shard
    ]


def _on_both(shard: Shard, changes: Changes, operation: Operation, counted: Changes) -> list[Write]:
    """Return the writes on a shard and on its operation, which may be the same item."""
    expected = {"openShards": operation["openShards"]}
    if is_operation(shard):
        return [shard_writes.update(shard, changes | counted, **expected)]
    return [
        shard_writes.update(shard, changes),
        writes.update(items.key_of(operation), counted, **expected),
    ]
