"""Undoing an operation: what it deleted is restored, and its associations are moved back."""

from provisioning.accounts import quotas
from provisioning.accounts.quotas import Holder
from provisioning.accounts.restrictions import OPEN, Binding
from provisioning.core import config
from provisioning.core.clock import later, now
from provisioning.core.errors import ConflictError
from provisioning.core.kinds import KINDS
from provisioning.core.origins import Origin
from provisioning.operations import lookup, operation_kinds
from provisioning.operations.creation import links, new_operation
from provisioning.operations.transitions import has_ended
from provisioning.operations.undo_kind import UNDO
from provisioning.resources import parents
from provisioning.table import items, operation_keys, writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.item_types import ParentItem
from provisioning.table.operation_types import Operation
from provisioning.table.retries import retry_on_conflict

FORMER_GENERATIONS = 20
"""Former generations that a parent keeps if it is deleted and restored again and again."""


def undo(account_id: str, operation_id: str, origin: Origin, binding: Binding = OPEN) -> str:
    """Restore what an operation deleted, and start the operation that undoes it.

    Returns:
        The id of the operation that undoes it.

    Raises:
        NotFoundError: There is no such operation.
        ForbiddenError: The API key does not cover everything that it would change.
        ConflictError: It cannot be undone, or what it deleted has been created again.
        ThrottledError: It kept changing, or the table was throttled.
        UnavailableError: The table could not be read or written.
    """
    return retry_on_conflict(lambda: _try_to_undo(account_id, operation_id, origin, binding))


def require_room(holder: Holder, operation: Operation) -> None:
    """Check that the quotas of an account have room for what an undo brings back.

    That is the application or entity that was deleted, and an association for each that has merged
    with another.

    Raises:
        ConflictError: The operation cannot be undone.
        ThrottledError: A quota is used up, or could not be counted.
    """
    _require_undoable(operation)
    merged = sum(shard.get("merged", 0) for shard in lookup.shards(operation))
    needed = {quotas.ASSOCIATIONS: merged}
    if operation_kinds.of(operation).deletes_parent:
        needed[KINDS[operation["parentKind"]].collection] = 1
    for collection, wanted in needed.items():
        if wanted and quotas.room(holder, collection, wanted) < wanted:
            raise quotas.used_up(holder, collection, "operationId")


def _try_to_undo(account_id: str, operation_id: str, origin: Origin, binding: Binding) -> str:
    """Start to undo an operation as it was read.

    Raises:
        ConditionFailedError: It has changed since.
    """
    operation = lookup.get(account_id, operation_id, binding)
    lookup.require_changeable(operation, origin, binding)
    _require_undoable(operation)
    undoing = _new_operation(operation, origin)
    undone_by = {"undoneBy": undoing["operationId"]}
    planned = [
        writes.update(items.key_of(operation), undone_by, undoneBy=None),
        writes.create(undoing),
        *map(writes.put, links(undoing)),
    ]
    restores = operation_kinds.of(operation).deletes_parent
    if restores:
        planned.append(writes.create(_restored(operation, origin)))
    try:
        writes.transact(planned)
    except ConditionFailedError as error:
        if restores and len(planned) - 1 in error.found:
            raise _created_again(operation) from None
        raise
    return undoing["operationId"]


def undoable_until(operation: Operation) -> str | None:
    """Return until when an operation can be undone; None if it cannot be undone as it is."""
    if not operation_kinds.of(operation).can_undo or not has_ended(operation):
        return None
    return None if "undoneBy" in operation else _end(operation)


def _end(operation: Operation) -> str:
    return later(operation["requestedAt"], config.undo_days())


def _require_undoable(operation: Operation) -> None:
    """Check that an operation can be undone.

    Raises:
        ConflictError: It cannot: it is an undo, has not ended, was undone before, or its journal
            has expired.
    """
    subject = f"Operation {operation['operationId']}"
    message: str | None = None
    if not operation_kinds.of(operation).can_undo:
        message = f"{subject} is itself an undo"
    elif not has_ended(operation):
        message = f"{subject} has not ended yet"
    elif "undoneBy" in operation:
        message = f"{subject} was undone already, by {operation['undoneBy']}"
    elif _end(operation) < now():
        message = f"{subject} was requested more than {config.undo_days()} days ago"
    if message is not None:
        raise ConflictError(message)


def _new_operation(operation: Operation, origin: Origin) -> Operation:
    """Return the operation that undoes another one: a single shard, which covers all journals."""
    undone = lookup.shards(operation)
    return new_operation(
        operation["accountId"],
        UNDO.name,
        origin,
        undoes=operation["operationId"],
        source=operation["operationId"],
        lastSource=operation_keys.shard_id(items.key_of(undone[-1])),
        total=sum(shard["done"] for shard in undone),
        parentKind=operation.get("parentKind"),
        parentId=operation.get("parentId"),
    )


def _created_again(operation: Operation) -> ConflictError:
    kind = KINDS[operation["parentKind"]]
    return ConflictError(f"{kind.name.capitalize()} {operation['parentId']} exists again")


def _restored(operation: Operation, origin: Origin) -> ParentItem:
    """Return the item of the application or entity that an operation deleted.

    It gets a new generation, so associations that are still stale are left to the deletion. It
    stores its former generations, so that associations that were moved away can be moved back.
    """
    kind = KINDS[operation["parentKind"]]
    identifier, name = operation["parentId"], operation.get("parentName")
    former = [*operation.get("parentFormer", ()), operation["parentGeneration"]]
    restored = parents.new_item(operation["accountId"], kind, identifier, name, origin)
    return {
        **restored,
        "formerGenerations": former[-FORMER_GENERATIONS:],
        "createdAt": operation.get("parentCreatedAt") or now(),
    }
