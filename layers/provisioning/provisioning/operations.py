"""Operations: what a delete has set going, how far it is, and how it goes on.

An operation is worked off by the stream function (``resets``) in slices. Its item, and each range
that was split off it, is one **piece of work** with the same attributes:

=============  ================================================================================
``first``      where its part of the links begins (absent: at the beginning)
``last``       where it ends (absent: at the end)
``cursor``     the link behind which it goes on
``step``       rises with every transaction that moves links: a worker that was overtaken fails
``turn``       rises when a slice is handed on: a stream record of an earlier turn is void
``awake``      true on a write whose stream record is to start a slice: handing on, waking
``working``    true until the part is done
``done``       links moved so far; ``merged`` of them were under ``default`` already
``open``       present until the part is done, which lists it in the index ``open``
``failures``   failed attempts since the last progress
``reason``     why the last ones failed, after several: the operation is then shown as failed
=============  ================================================================================

An operation's own item also counts in ``parts`` the pieces, itself included, not done yet.
"""

from collections.abc import Mapping
from types import MappingProxyType

from provisioning import dynamodb, keys, pages
from provisioning.bindings import OPEN, Binding
from provisioning.clock import in_days, now
from provisioning.dynamodb import Item
from provisioning.errors import ConflictError, NotFoundError, ThrottledError
from provisioning.kinds import KINDS, Kind
from provisioning.origins import Origin

PENDING, RUNNING, SUCCEEDED, FAILED = "PENDING", "RUNNING", "SUCCEEDED", "FAILED"
KEPT_DAYS = 30
"""How long a finished operation can still be read."""
RANGES_KEPT_DAYS = KEPT_DAYS + 7
"""How long its ranges are kept: what is done in them is summed up whenever it is read, and DynamoDB
removes what has expired in any order, within days."""

NO_FAILURE: Item = {"failures": None, "reason": None, "failedAt": None}
"""What progress sets on a piece of work."""


def new_work(unique_id: str) -> Item:
    """Return the attributes that every new piece of work begins with."""
    return {
        "step": 0,
        "turn": 0,
        "awake": True,
        "working": True,
        "done": 0,
        "merged": 0,
        "open": keys.open_partition(unique_id),
        "updatedAt": now(),
    }


def new_reset(account_id: str, kind: Kind, parent: Item, origin: Origin) -> Item:
    """Return the operation that resets everything linked to a parent which is deleted with it.

    Args:
        account_id: The account.
        kind: Whether it is an application or an entity.
        parent: Its item as it was.
        origin: Who deletes it.
    """
    operation_id = keys.new_id()
    return (
        dynamodb.key_attributes(keys.operation(account_id, operation_id))
        | {
            "type": "operation",
            "operationId": operation_id,
            "accountId": account_id,
            "action": f"DELETE_{kind.name.upper()}",
            "parentKind": kind.name,
            "parentId": parent["id"],
            "parentName": parent.get("name"),
            "parentGeneration": parent["generation"],
            "state": PENDING,
            "parts": 1,
            "requestedAt": now(),
            **origin.marks(),
        }
        | new_work(operation_id)
    )


def new_range(operation: Item, first: str, last: str | None) -> Item:
    """Return a piece of work that is split off an operation, for the links between two keys."""
    account_id, operation_id = operation["accountId"], operation["operationId"]
    range_id = keys.new_id()
    return (
        dynamodb.key_attributes(keys.operation_range(account_id, operation_id, range_id))
        | {
            "type": "operationRange",
            "operationId": operation_id,
            "accountId": account_id,
            "parentKind": operation["parentKind"],
            "parentId": operation["parentId"],
            "actor": operation.get("actor"),
            "requestId": operation.get("requestId"),
            "first": first,
            "last": last,
        }
        | new_work(range_id)
    )


def start(work: Item) -> Item:
    """Return what an operation's item gets with its first progress; nothing for others."""
    pending = work.get("state") == PENDING
    return {"state": RUNNING, "startedAt": now()} if pending else {}


def success(operation: Item) -> Item:
    """Return what an operation's item gets when its last piece is done."""
    return {
        "state": SUCCEEDED,
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


def failure(error: Exception) -> Item:
    """Return what a piece of work gets when it failed again and again."""
    reason = "The table was throttled" if isinstance(error, ThrottledError) else "An internal error"
    return {"reason": reason, "failedAt": now()}


def has_failed(work: Item) -> bool:
    """Tell whether a piece of work failed again and again, and made no progress since."""
    return "reason" in work


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


def ranges(operation: Item) -> list[Item]:
    """Return the ranges that were split off an operation."""
    if not operation.get("split"):
        return []
    within = keys.operation_ranges(operation["accountId"], operation["operationId"])
    return list(dynamodb.query_all(within))


def shown(operation: Item) -> Item:
    """Return what a client sees of an operation, its ranges summed up."""
    pieces = [operation, *ranges(operation)]
    content: Item = {
        "operationId": operation["operationId"],
        "kind": operation["action"],
        KINDS[operation["parentKind"]].id_member: operation["parentId"],
        "state": operation["state"],
        "done": sum(piece["done"] for piece in pieces),
        "merged": sum(piece["merged"] for piece in pieces),
        "requestedAt": operation["requestedAt"],
        "startedAt": operation.get("startedAt"),
        "endedAt": operation.get("endedAt"),
    }
    content |= _shown_failure(operation["operationId"], list(filter(has_failed, pieces)))
    return {member: value for member, value in content.items() if value is not None}


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
    """Return one page of an account's operations, newest first: those that a key may see."""
    newest_first = dynamodb.query_all(keys.operations(account_id), backwards=True)
    return pages.cut(newest_first, number, size, lambda item: is_open_to(binding, item))


def is_open_to(binding: Binding, operation: Item) -> bool:
    """Tell whether a key may see an operation: it could have asked for it itself."""
    return binding.owns(KINDS[operation["parentKind"]], operation["parentId"])


def resume(account_id: str, operation_id: str, binding: Binding = OPEN) -> None:
    """Let an operation go on that failed or stands still; harmless for one that is running.

    Raises:
        NotFoundError: There is no such operation.
        ConflictError: It has succeeded.
    """
    operation = get(account_id, operation_id, binding)
    if operation["state"] == SUCCEEDED:
        message = f"Operation {operation_id} has succeeded already"
        raise ConflictError(message)
    for work in (operation, *ranges(operation)):
        wake(work, NO_FAILURE)


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
