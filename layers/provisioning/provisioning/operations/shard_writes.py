"""Writes of a worker on its shard, which fail if another worker was faster."""

from typing import Any, cast

from provisioning.operations.shard_state import Changes
from provisioning.table import items, reads, writes
from provisioning.table.operation_types import Shard
from provisioning.table.writes import Write


class OvertakenError(Exception):
    """Another worker has written the same shard since it was read."""


def current(record: Shard) -> Shard | None:
    """Return a shard as it is now, or None if a stream record of it is out of date."""
    item = reads.get(items.key_of(record))
    if item is None or not item["working"] or item["sliceNumber"] != record["sliceNumber"]:
        return None
    return cast("Shard", item)


def require_current(shard: Shard) -> None:
    """Check that no other worker has written a shard.

    Raises:
        OvertakenError: One has.
    """
    now = current(shard)
    if now is None or now["revision"] != shard["revision"]:
        raise OvertakenError


def update(shard: Shard, changes: Changes, **expected: Any) -> Write:
    """Return the write of changes on a shard, on condition that it is as this worker left it."""
    return writes.update(
        items.key_of(shard),
        changes,
        revision=shard["revision"],
        sliceNumber=shard["sliceNumber"],
        working=True,
        **expected,
    )
