"""What clients see of an operation: its shards summed up."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from provisioning.core.clock import now, seconds_between, text
from provisioning.core.kinds import KINDS
from provisioning.operations import lookup, speeds, undo
from provisioning.operations.shard_state import FAILED, RUNNING, SUCCEEDED
from provisioning.operations.transitions import has_failed
from provisioning.table.items import Attributes, Item
from provisioning.table.operation_types import Operation, Shard

FARTHEST_SECONDS = 365 * 24 * 60 * 60
"""An end that is farther away is none that anybody would count on."""


def of(operation: Operation) -> Item:
    """Return the members of an operation as the API shows them."""
    shards = lookup.shards(operation)
    done, failed = _sum(shards, "done"), _sum(shards, "failed")
    content: Attributes = {
        "operationId": operation["operationId"],
        "kind": operation["kind"],
        **_subject(operation),
        "state": operation["state"],
        "done": done,
        "merged": _sum(shards, "merged"),
        "failed": failed,
        "total": _total(operation, done + failed),
        "requestedAt": operation["requestedAt"],
        "startedAt": operation.get("startedAt"),
        "endedAt": operation.get("endedAt"),
        **_speed(operation, shards, done + failed),
        "undoneBy": operation.get("undoneBy"),
        "undoableUntil": undo.undoable_until(operation),
        "reason": operation.get("ended"),
        "events": _events(operation, shards),
    }
    content |= _failure(operation["operationId"], list(filter(has_failed, shards)))
    return {member: value for member, value in content.items() if value is not None}


def _sum(shards: Iterable[Shard], count: str) -> int:
    return sum(shard.get(count, 0) for shard in shards)  # type: ignore[misc]


def _subject(operation: Operation) -> Item:
    """Return the members that say what an operation is about."""
    on_linked = "unlink" if operation.get("unlinks") else None
    subject: Attributes = {"undoes": operation.get("undoes"), "onLinked": on_linked}
    if "parentKind" in operation:
        subject[KINDS[operation["parentKind"]].id_member] = operation["parentId"]
    subject["filter"] = json.loads(operation["filter"]) if "filter" in operation else None
    subject["target"] = json.loads(operation["target"]) if "target" in operation else None
    return subject


def _total(operation: Operation, processed: int) -> int | None:
    """Return how many associations an operation covers.

    The number is exact once it has succeeded. Before, it is the count at the start, or the number
    processed if that is already higher.
    """
    if operation["state"] == SUCCEEDED:
        return processed
    counted = operation.get("total")
    return None if counted is None else max(counted, processed)


def _speed(operation: Operation, shards: list[Shard], processed: int) -> Item:
    """Return associations per second, and when a running operation will probably end."""
    if "startedAt" not in operation:
        return {}
    until = operation.get("endedAt") or now()
    seconds = seconds_between(operation["startedAt"], until)
    if seconds <= 0:
        return {}
    rate = processed / seconds
    speed: Attributes = {"rate": round(rate, 1)}
    total = _total(operation, processed)
    # An operation that makes no progress for a moment is not taken to do so for ever.
    present = max(speeds.present(operation, shards, until), rate / 2)
    is_running = operation["state"] == RUNNING and not any(map(has_failed, shards))
    if is_running and total is not None and total - processed < present * FARTHEST_SECONDS:
        left = timedelta(seconds=(total - processed) / present)
        speed["estimatedEndAt"] = text(datetime.now(UTC) + left)
    return speed


def _events(operation: Operation, shards: Iterable[Shard]) -> list[Item]:
    """Return the history of an operation, oldest first."""
    moments = {
        "REQUESTED": operation["requestedAt"],
        "STARTED": operation.get("startedAt"),
        operation["state"]: operation.get("endedAt"),
    }
    events: list[Item] = [
        {"at": at, "event": event} for event, at in moments.items() if at is not None
    ]
    for shard in shards:
        if "createdAt" in shard:
            events.append({"at": shard["createdAt"], "event": "SPLIT"})
        events += [{**event} for event in shard.get("events", [])]
    return sorted(events, key=lambda event: str(event["at"]))


def _failure(operation_id: str, failed: list[Shard]) -> Item:
    """Return the members of a failed operation: one failed shard is enough."""
    if not failed:
        return {}
    last = max(failed, key=lambda shard: shard["failedAt"])
    return {
        "state": FAILED,
        "endedAt": last["failedAt"],
        "reason": last["reason"],
        "resume": f"POST /provisioning/1/operations/{operation_id}/resume",
    }
