"""What is written on an operation and its shards as they start, progress, fail and end."""

from provisioning.core.clock import in_days, now, seconds_since
from provisioning.operations.shard_state import (
    CANCELLED,
    FAILED,
    PENDING,
    RUNNING,
    SUCCEEDED,
    Changes,
)
from provisioning.table.operation_types import Operation, Shard

OPERATION_DAYS = 30
"""Days that an operation can still be read after it ended."""
SHARD_DAYS = OPERATION_DAYS + 7
"""Days that its other shards are kept: they are summed up whenever the operation is read, and
DynamoDB deletes expired items in any order, within days."""
RECENT_SECONDS = 10
"""Seconds between the two moments by which the present speed is known."""
EVENTS = 20
"""Latest events of a shard that are remembered."""

NO_FAILURE: Changes = {"failures": None, "reason": None, "failedAt": None}
"""What progress writes on a shard."""


def with_event(shard: Shard, event: str, **more: str) -> Changes:
    """Return the change that adds an event to the history of a shard."""
    events = [*shard.get("events", []), {"at": now(), "event": event, **more}]
    return {"events": events[-EVENTS:]}


def started(shard: Shard) -> Changes:
    """Return what a worker's first progress writes on an operation; nothing on other shards."""
    if shard.get("state") != PENDING:
        return {}
    return {"state": RUNNING, "startedAt": now(), "total": shard.get("total")}


def progressed(shard: Shard, done: int, failed: int) -> Changes:
    """Return what a worker's progress writes on a shard.

    Args:
        shard: The shard.
        done: How many associations or items it has done by now.
        failed: How many it could not do.
    """
    progress = {
        "revision": shard["revision"] + 1,
        "awake": False,
        "done": done,
        "failed": failed,
        **recent(shard, done + failed),
        "updatedAt": now(),
    }
    if shard.get("failures"):
        progress |= NO_FAILURE
    return progress | started(shard)


def shard_ended() -> Changes:
    """Return what is written on a shard when there is nothing more to do."""
    return {"working": False, "awake": False, "open": None, "updatedAt": now(), **NO_FAILURE}


def operation_ended(operation: Operation, reason: str | None = None) -> Changes:
    """Return what is written on an operation when its last shard is done.

    A cancelled operation ends as cancelled even if it also failed; its reason says so.
    """
    reason = reason or operation.get("ended")
    outcome = FAILED if reason else SUCCEEDED
    return {
        "state": CANCELLED if operation.get("cancelled") else outcome,
        "ended": reason,
        "startedAt": operation.get("startedAt", now()),
        "endedAt": now(),
        "expiresAt": in_days(OPERATION_DAYS),
    }


def shard_expiry() -> Changes:
    """Return what makes a shard expire; written when its operation ends, not before."""
    return {"expiresAt": in_days(SHARD_DAYS)}


def failure() -> Changes:
    """Return what is written on a shard after repeated failures."""
    return {"reason": "An internal error", "failedAt": now()}


def recent(shard: Shard, processed: int) -> Changes:
    """Return what progress writes on a shard so that its present speed is known.

    Two moments are stored, each with the number of associations processed by then.
    """
    last = shard.get("recent")
    if last is not None and seconds_since(last["at"]) < RECENT_SECONDS:
        return {}
    at = now()
    since = {"at": at, "done": processed} if last is None else last
    return {
        "recent": {
            "at": at,
            "done": processed,
            "sinceAt": since["at"],
            "sinceDone": since["done"],
        }
    }


def has_failed(shard: Shard) -> bool:
    """Return whether a shard failed repeatedly, without progress since."""
    return "reason" in shard


def has_ended(operation: Operation) -> bool:
    """Return whether an operation has ended, in whatever state."""
    return "endedAt" in operation
