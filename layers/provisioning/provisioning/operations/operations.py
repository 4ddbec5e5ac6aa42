"""Operations: what moves many links, how far it is, and how it goes on.

There are four kinds: the deletion of an application or an entity, which resets or reassigns what is
linked to it; the reassignment of links that meet a filter; and the undoing of one of these.

An operation is worked off by the stream function (``resets``) in slices. Its item, and each range
that was split off it, is one **piece of work** with the same attributes:

=============  ================================================================================
``first``      where its part of the links begins (absent: at the beginning)
``last``       where it ends (absent: at the end)
``partition``  the partition of its links, for a reassignment
``source``     the piece of work that it undoes, for an undoing
``cursor``     the link (or entry of the journal) behind which it goes on
``skip``       entries of the next item of the journal that are done already
``step``       rises with every transaction that moves links: a worker that was overtaken fails
``turn``       rises when a slice is handed on: a stream record of an earlier turn is void
``awake``      true on a write whose stream record is to start a slice: handing on, waking
``working``    true until the part is done
``done``       links moved so far; ``merged`` of them became one with another
``failed``     links that could not be moved; the journal tells why
``open``       present until the part is done, which lists it in the index ``open``
``failures``   failed attempts since the last progress
``reason``     why the last ones failed, after several: the operation is then shown as failed
``events``     what happened to it, the latest ``EVENTS``
=============  ================================================================================

An operation's own item also counts in ``parts`` the pieces, itself included, not done yet. What is
``cancelled`` hands on no more slices and ends as that; else, one that has an ``ended`` reason ends
as failed for good.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from provisioning.accounts.restrictions import OPEN, Binding
from provisioning.core import config
from provisioning.core.clock import in_days, now, seconds_between, seconds_since, text
from provisioning.core.errors import ConflictError, NotFoundError
from provisioning.core.kinds import KINDS, Kind
from provisioning.core.origins import Origin
from provisioning.paging import pages
from provisioning.table import dynamodb, keys
from provisioning.table.dynamodb import Item
from provisioning.table.keys import KeyRange

PENDING, RUNNING = "PENDING", "RUNNING"
SUCCEEDED, FAILED, CANCELLED = "SUCCEEDED", "FAILED", "CANCELLED"
REASSIGN, UNDO = "REASSIGN", "UNDO"
KEPT_DAYS = 30
"""How long a finished operation can still be read."""
EVENTS = 20
"""Events of a piece of work that are remembered."""
RECENT_SECONDS = 10
"""How far apart the moments are by which the speed of an operation is told."""
RANGES_KEPT_DAYS = KEPT_DAYS + 7
"""How long its ranges are kept: what is done in them is summed up whenever it is read, and DynamoDB
removes what has expired in any order, within days."""

NO_FAILURE: Item = {"failures": None, "reason": None, "failedAt": None}
"""What progress sets on a piece of work."""
_INHERITED = (
    "operationId",
    "accountId",
    "action",
    "parentKind",
    "parentId",
    "target",
    "filter",
    "partition",
    "actor",
    "requestId",
)
"""What the pieces of an operation have in common."""


def new_work(unique_id: str) -> Item:
    """Return the attributes that every new piece of work begins with."""
    return {
        "step": 0,
        "turn": 0,
        "awake": True,
        "working": True,
        "done": 0,
        "merged": 0,
        "failed": 0,
        "open": keys.open_partition(unique_id),
        "updatedAt": now(),
    }


def new_operation(account_id: str, action: str, origin: Origin, **details: object) -> Item:
    """Return a new operation in one piece.

    Args:
        account_id: The account.
        action: What it does.
        origin: Who asks for it.
        details: What it does it to.
    """
    operation_id = keys.new_id()
    return (
        dynamodb.key_attributes(keys.operation(account_id, operation_id))
        | {
            "type": "operation",
            "operationId": operation_id,
            "accountId": account_id,
            "action": action,
            "state": PENDING,
            "parts": 1,
            "requestedAt": now(),
            **origin.marks(),
        }
        | new_work(operation_id)
        | details
    )


def new_deletion(
    account_id: str, kind: Kind, parent: Item, origin: Origin, target: Item | None = None
) -> Item:
    """Return the operation that moves everything linked to a parent which is deleted with it.

    Args:
        account_id: The account.
        kind: Whether it is an application or an entity.
        parent: Its item as it was.
        origin: Who deletes it.
        target: Where the links go (see ``tasks.Target``); None to reset them.
    """
    return new_operation(
        account_id,
        f"DELETE_{kind.name.upper()}",
        origin,
        parentKind=kind.name,
        parentId=parent["id"],
        parentName=parent.get("name"),
        parentGeneration=parent["generation"],
        parentFormer=parent.get("formerGenerations"),
        parentCreatedAt=parent.get("createdAt"),
        target=None if target is None else json.dumps(target),
    )


def new_range(operation: Item, **details: object) -> Item:
    """Return a further piece of work of an operation.

    Args:
        operation: The operation.
        details: Which of its links are the piece's.
    """
    account_id, operation_id = operation["accountId"], operation["operationId"]
    range_id = keys.new_id()
    return (
        dynamodb.key_attributes(keys.operation_range(account_id, operation_id, range_id))
        | {"type": "operationRange", "createdAt": now()}
        | {name: operation[name] for name in _INHERITED if operation.get(name) is not None}
        | new_work(range_id)
        | details
    )


def late_piece(operation: Item) -> Item:
    """Return the piece in which those links of an operation count that no slice of it has found.

    It is made with the first of them, and never worked on.
    """
    account_id, operation_id = operation["accountId"], operation["operationId"]
    late_id = keys.late_piece_id(operation_id)
    idle = {"working": False, "awake": False, "open": None}
    return (
        new_range(operation)
        | dynamodb.key_attributes(keys.operation_range(account_id, operation_id, late_id))
        | idle
        | range_expiry()
    )


def noted(work: Item, event: str, **more: str) -> Item:
    """Return what a piece of work gets when something happens to it."""
    events = [*work.get("events", []), {"at": now(), "event": event, **more}]
    return {"events": events[-EVENTS:]}


def start(work: Item) -> Item:
    """Return what an operation's item gets with its first progress; nothing for others."""
    if work.get("state") != PENDING:
        return {}
    return {"state": RUNNING, "startedAt": now(), "total": work.get("total")}


def end(operation: Item, reason: str | None = None) -> Item:
    """Return what an operation's item gets when its last piece is done.

    One that was to be cancelled has not failed, whatever else it would have ended for: it ends as
    asked, and tells the reason.

    Args:
        operation: The operation.
        reason: Why that piece had to end before it was done, if it had to.
    """
    reason = reason or operation.get("ended")
    uncancelled = FAILED if reason else SUCCEEDED
    return {
        "state": CANCELLED if operation.get("cancelled") else uncancelled,
        "ended": reason,
        "startedAt": operation.get("startedAt", now()),
        "endedAt": now(),
        "expiresAt": in_days(KEPT_DAYS),
    }


def range_expiry() -> Item:
    """Return what a range gets when its operation ends, and no sooner."""
    return {"expiresAt": in_days(RANGES_KEPT_DAYS)}


def let_ranges_expire(operation: Item) -> None:
    """Let those ranges of an operation that are done be removed some time after it.

    Raises:
        ThrottledError, UnavailableError: The table could not be worked with; to do it again is
            harmless.
    """
    for done in ranges(operation):
        if not done["working"]:
            dynamodb.write(dynamodb.change(dynamodb.key_of(done), range_expiry()))


def failure() -> Item:
    """Return what a piece of work gets when it failed again and again."""
    return {"reason": "An internal error", "failedAt": now()}


def recent(work: Item, worked_off: int) -> Item:
    """Return what a piece of work gets with progress, by which its speed of late is known.

    Two moments are kept, with what was worked off by then.
    """
    last = work.get("recent")
    if last is not None and seconds_since(last["at"]) < RECENT_SECONDS:
        return {}
    mark: Item = {"at": now(), "done": worked_off}
    since = mark if last is None else last
    return {"recent": mark | {"sinceAt": since["at"], "sinceDone": since["done"]}}


def has_failed(work: Item) -> bool:
    """Tell whether a piece of work failed again and again, and made no progress since."""
    return "reason" in work


def has_ended(operation: Item) -> bool:
    """Tell whether nothing more is done for an operation."""
    return "endedAt" in operation


def get(account_id: str, operation_id: str, binding: Binding = OPEN) -> Item:
    """Return an operation's item.

    Raises:
        NotFoundError: There is none, or it ended longer ago than it is kept, or it is not for a
            key that is bound like this.
    """
    item = dynamodb.get(keys.operation(account_id, operation_id))
    if item is None or not is_open_to(binding, item):
        raise NotFoundError
    return item


def get_many(account_id: str, operation_ids: set[str]) -> dict[str, Item]:
    """Return the items of those of some operations that are known, by their ids."""
    wanted = {keys.operation(account_id, operation_id) for operation_id in operation_ids}
    return {item["operationId"]: item for item in dynamodb.get_many(wanted).values()}


def ranges(operation: Item) -> list[Item]:
    """Return the ranges that were split off an operation."""
    if not operation.get("split"):
        return []
    within = keys.operation_ranges(operation["accountId"], operation["operationId"])
    return list(dynamodb.query_all(within))


def pieces(operation: Item) -> list[Item]:
    """Return all pieces of work of an operation: itself, and the ranges that were split off."""
    return [operation, *ranges(operation)]


def shown(operation: Item) -> Item:
    """Return what a client sees of an operation, its pieces summed up."""
    parts = pieces(operation)
    done, merged, failed = (
        sum(part.get(count, 0) for part in parts) for count in ("done", "merged", "failed")
    )
    content: Item = {
        "operationId": operation["operationId"],
        "kind": operation["action"],
        **_shown_subject(operation),
        "state": operation["state"],
        "done": done,
        "merged": merged,
        "failed": failed,
        "total": _total(operation, done + failed),
        "requestedAt": operation["requestedAt"],
        "startedAt": operation.get("startedAt"),
        "endedAt": operation.get("endedAt"),
        **_shown_speed(operation, parts),
        "undoneBy": operation.get("undoneBy"),
        "reason": operation.get("ended"),
        "events": _events(operation, parts),
    }
    content |= _shown_failure(operation["operationId"], list(filter(has_failed, parts)))
    return {member: value for member, value in content.items() if value is not None}


def _shown_subject(operation: Item) -> Item:
    """Return what a client sees of what an operation is about."""
    subject: Item = {"undoes": operation.get("undoes")}
    if "parentKind" in operation:
        subject[KINDS[operation["parentKind"]].id_member] = operation["parentId"]
    for member in ("filter", "target"):
        subject[member] = json.loads(operation[member]) if member in operation else None
    return subject


def _total(operation: Item, worked_off: int) -> int | None:
    """Return how many links an operation has to do with: exactly once it has ended, else as
    they were counted when it began, or as many as turned out since.
    """
    if operation["state"] == SUCCEEDED:
        return worked_off
    counted = operation.get("total")
    return None if counted is None else max(counted, worked_off)


def _shown_speed(operation: Item, parts: Sequence[Item]) -> Item:
    """Return how fast an operation is, in links per second, and when it will have ended."""
    if "startedAt" not in operation:
        return {}
    until = operation.get("endedAt") or now()
    seconds = seconds_between(operation["startedAt"], until)
    if seconds <= 0:
        return {}
    worked_off = sum(map(_worked_off, parts))
    rate = worked_off / seconds
    speed: Item = {"rate": round(rate, 1)}
    total = _total(operation, worked_off)
    lately = _speed_of_late(parts) or rate
    if operation["state"] == RUNNING and lately and total is not None:
        left = timedelta(seconds=(total - worked_off) / lately)
        speed["estimatedEndAt"] = text(datetime.now(UTC) + left)
    return speed


def _speed_of_late(parts: Iterable[Item]) -> float:
    """Return the links a second of the pieces that are worked on, over the last seconds."""
    total = 0.0
    for part in parts:
        known = part.get("recent")
        if known is None or not part["working"]:
            continue
        seconds = seconds_since(known["sinceAt"])
        if seconds >= 1:
            total += (_worked_off(part) - known["sinceDone"]) / seconds
    return total


def _worked_off(part: Item) -> int:
    return int(part.get("done", 0) + part.get("failed", 0))


def _events(operation: Item, parts: Iterable[Item]) -> list[Item]:
    """Return an operation's history, in the order of time."""
    moments = {
        "REQUESTED": operation["requestedAt"],
        "STARTED": operation.get("startedAt"),
        operation["state"]: operation.get("endedAt"),
    }
    told = [{"at": at, "event": event} for event, at in moments.items() if at is not None]
    for part in parts:
        told += [{"at": part["createdAt"], "event": "SPLIT"}] if "createdAt" in part else []
        told += part.get("events", [])
    return sorted(told, key=lambda event: str(event["at"]))


def _shown_failure(operation_id: str, failed: list[Item]) -> Item:
    """Return what a client sees of an operation's failed pieces: one fails the whole."""
    if not failed:
        return {}
    last = max(failed, key=lambda piece: str(piece["failedAt"]))
    return {
        "state": FAILED,
        "endedAt": last["failedAt"],
        "reason": last["reason"],
        "resume": f"POST /provisioning/1/operations/{operation_id}/resume",
    }


def list_page(account_id: str, number: int, size: int, binding: Binding = OPEN) -> pages.Page:
    """Return one page of an account's operations, newest first: those that a key may see.

    A key that is bound to applications and entities has those of each one after the other.
    """
    if binding.is_open:
        return pages.read([keys.operations(account_id)], number, size)
    ranges = [
        keys.operations_of(account_id, kind, identifier)
        for kind in KINDS.values()
        for identifier in binding.named(kind)
        if binding.owns(kind, identifier)
    ]
    listed = pages.read(ranges, number, size)
    ids = [item["operationId"] for item in listed.items]
    known = get_many(account_id, set(ids))
    return replace(listed, items=[known[each] for each in ids if each in known])


def listed(operation: Item) -> list[Item]:
    """Return the item that lists an operation under its parent; nothing for one that has none.

    Written again with the operation's end, it vanishes together with it.
    """
    if "parentKind" not in operation:
        return []
    account_id, operation_id = operation["accountId"], operation["operationId"]
    kind = KINDS[operation["parentKind"]]
    key = keys.operation_link(account_id, kind, operation["parentId"], operation_id)
    content = {"operationId": operation_id, "expiresAt": operation.get("expiresAt")}
    return [dynamodb.key_attributes(key) | {"type": "operationLink"} | content]


def is_open_to(binding: Binding, operation: Item) -> bool:
    """Tell whether a key may see an operation: it could have asked for it itself."""
    if "parentKind" not in operation:
        return binding.is_open
    return binding.owns(KINDS[operation["parentKind"]], operation["parentId"])


def resume(account_id: str, operation_id: str, binding: Binding = OPEN) -> None:
    """Let an operation go on that failed or stands still; harmless for one that is running.

    Raises:
        NotFoundError: There is no such operation.
        ConflictError: It has succeeded.
    """
    operation = get(account_id, operation_id, binding)
    if has_ended(operation):
        message = f"Operation {operation_id} has ended already"
        raise ConflictError(message)
    for work in pieces(operation):
        wake(work, NO_FAILURE | noted(work, "RESUMED"))


def cancel(account_id: str, operation_id: str, binding: Binding = OPEN) -> None:
    """Let a reassignment end where it is, once its slices under way are done.

    Raises:
        NotFoundError: There is no such operation.
        ConflictError: It has ended, or it is none that can end before it is done.
    """
    operation = get(account_id, operation_id, binding)
    if operation["action"] != REASSIGN:
        message = (
            f"Operation {operation_id} cannot be cancelled: it can be undone when it has ended"
        )
        raise ConflictError(message)
    values = {"cancelled": True, **noted(operation, "CANCEL_REQUESTED")}
    try:
        dynamodb.write(dynamodb.change(dynamodb.key_of(operation), values, endedAt=None))
    except dynamodb.ConditionFailedError:
        message = f"Operation {operation_id} has ended already"
        raise ConflictError(message) from None


def require_undoable(operation: Item) -> None:
    """Let operations pass that can be undone.

    Raises:
        ConflictError: It is under way, was undone before, is itself an undoing, or ended longer ago
            than its journal is kept.
    """
    named = f"Operation {operation['operationId']}"
    message: str | None = None
    if operation["action"] == UNDO:
        message = f"{named} is itself an undoing"
    elif not has_ended(operation):
        message = f"{named} has not ended yet"
    elif "undoneBy" in operation:
        message = f"{named} was undone already, by {operation['undoneBy']}"
    elif seconds_since(operation["requestedAt"]) > config.undo_days() * 24 * 60 * 60:
        message = f"{named} was requested more than {config.undo_days()} days ago"
    if message is not None:
        raise ConflictError(message)


def new_undoing(operation: Item, origin: Origin) -> list[Item]:
    """Return the operation that undoes one, and its further pieces: one for each piece of that.

    Args:
        operation: The operation, which can be undone.
        origin: Who asks for it.
    """
    undone = pieces(operation)
    piece_ids = [keys.piece_id(dynamodb.key_of(piece)) for piece in undone]
    inherited = {name: operation.get(name) for name in ("parentKind", "parentId")}
    undoing = new_operation(
        operation["accountId"],
        UNDO,
        origin,
        undoes=operation["operationId"],
        source=piece_ids[0],
        parts=len(undone),
        split=len(undone) > 1,
        total=sum(piece["done"] for piece in undone),
        **inherited,
    )
    return [undoing, *(new_range(undoing, source=piece_id) for piece_id in piece_ids[1:])]


def new_reassignment(
    account_id: str,
    places: Sequence[KeyRange],
    wanted: tuple[Item, Item],
    total: int,
    origin: Origin,
) -> list[Item]:
    """Return the operation that reassigns links, and its further pieces: one for each range.

    Args:
        account_id: The account.
        places: Where the links stand.
        wanted: Which of them, as a list's filters, and where they go (see ``tasks.Target``).
        total: How many there are.
        origin: Who asks for it.
    """
    place, *more = places
    operation = new_operation(
        account_id,
        REASSIGN,
        origin,
        filter=json.dumps(wanted[0]),
        target=json.dumps(wanted[1]),
        parts=len(places),
        split=bool(more),
        total=total,
        **place._asdict(),
    )
    return [operation, *(new_range(operation, **other._asdict()) for other in more)]


def wake(work: Item, also: Mapping[str, object] = MappingProxyType({})) -> None:
    """Have a piece of work gone on with, unless it is done or has moved on since it was read.

    The turn stays: work that merely waits long in the stream must not lose its place there.

    Args:
        work: The piece of work.
        also: What else to set on it.
    """
    fresh = {"awake": True, "failures": None, "updatedAt": now(), **also}
    try:
        dynamodb.write(
            dynamodb.change(dynamodb.key_of(work), fresh, turn=work["turn"], working=True)
        )
    except dynamodb.ConditionFailedError:
        return  # Somebody else was first, and has seen to it.
