"""Resuming and cancelling operations, and waking their shards."""

from collections.abc import Mapping
from types import MappingProxyType

from provisioning.accounts.restrictions import OPEN, Binding
from provisioning.core.clock import now
from provisioning.core.errors import ConflictError
from provisioning.core.origins import SYSTEM, Origin
from provisioning.operations import lookup, operation_kinds
from provisioning.operations.transitions import NO_FAILURE, has_ended, with_event
from provisioning.table import items, writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.operation_types import Operation, Shard


def resume(
    account_id: str, operation_id: str, origin: Origin = SYSTEM, binding: Binding = OPEN
) -> None:
    """Resume an operation that failed or makes no progress; harmless for one that is running.

    Raises:
        NotFoundError: There is no such operation.
        ForbiddenError: The API key does not cover everything that it would change.
        ConflictError: It has ended.
    """
    operation = lookup.get(account_id, operation_id, binding)
    lookup.require_changeable(operation, origin, binding)
    if has_ended(operation):
        raise _already_ended(operation_id)
    for shard in lookup.shards(operation):
        if shard["working"]:
            wake(shard, NO_FAILURE | with_event(shard, "RESUMED"))


def cancel(
    account_id: str, operation_id: str, origin: Origin = SYSTEM, binding: Binding = OPEN
) -> None:
    """Cancel an operation: it ends once its running slices have ended.

    Raises:
        NotFoundError: There is no such operation.
        ForbiddenError: The API key does not cover everything that it would change.
        ConflictError: It has ended, or its kind cannot be cancelled.
    """
    operation = lookup.get(account_id, operation_id, binding)
    lookup.require_changeable(operation, origin, binding)
    if not operation_kinds.of(operation).can_cancel:
        raise ConflictError(_cannot_be_cancelled(operation))
    values = {"cancelled": True, **with_event(operation, "CANCEL_REQUESTED")}
    try:
        writes.execute(writes.update(items.key_of(operation), values, endedAt=None))
    except ConditionFailedError:
        raise _already_ended(operation_id) from None


def _cannot_be_cancelled(operation: Operation) -> str:
    instead = ": it can be undone when it has ended"
    can_undo = operation_kinds.of(operation).can_undo
    return f"Operation {operation['operationId']} cannot be cancelled{instead if can_undo else ''}"


def _already_ended(operation_id: str) -> ConflictError:
    return ConflictError(f"Operation {operation_id} has ended already")


def wake(shard: Shard, changes: Mapping[str, object] = MappingProxyType({})) -> None:
    """Start a slice of a shard, unless it is done or has started another one since it was read.

    The slice number stays the same, so a stream record that is merely late remains valid. The
    changes are written on the shard, too.
    """
    values = {"awake": True, "failures": None, "updatedAt": now(), **changes}
    try:
        writes.execute(
            writes.update(
                items.key_of(shard), values, sliceNumber=shard["sliceNumber"], working=True
            )
        )
    except ConditionFailedError:
        return  # Another request or worker was faster and has done the same.
