"""New operations and shards."""

from typing import cast

from provisioning.core import ids
from provisioning.core.clock import now
from provisioning.core.kinds import KINDS
from provisioning.core.origins import Origin
from provisioning.operations.shard_state import PENDING, Changes
from provisioning.operations.transitions import shard_expiry
from provisioning.table import items, operation_keys
from provisioning.table.operation_types import Operation, OperationLink, Shard

_INHERITED = (
    "operationId",
    "accountId",
    "kind",
    "parentKind",
    "parentId",
    "target",
    "filter",
    "unlinks",
    "partition",
    "undoes",
    "actor",
    "requestId",
)
"""Attributes that all shards of an operation have in common."""


def new_operation(account_id: str, kind: str, origin: Origin, **details: object) -> Operation:
    """Return a new operation, with a single shard."""
    operation_id = ids.new_id()
    operation = {
        **items.key_attributes(operation_keys.operation(account_id, operation_id)),
        "type": "operation",
        "operationId": operation_id,
        "accountId": account_id,
        "kind": kind,
        "state": PENDING,
        "openShards": 1,
        "requestedAt": now(),
        **origin.marks(),
        **_new_shard_state(operation_id),
        **details,
    }
    return cast("Operation", operation)


def links(operation: Operation) -> list[OperationLink]:
    """Return the item that lists an operation under its application or entity, if it has one.

    It is written again when the operation ends, so that both expire together.
    """
    if operation.get("parentKind") is None:  # a reassignment, an unlinking, or the undo of one
        return []
    kind, operation_id = KINDS[operation["parentKind"]], operation["operationId"]
    key = operation_keys.operation_link(
        operation["accountId"], kind, operation["parentId"], operation_id
    )
    content = {"operationId": operation_id, "expiresAt": operation.get("expiresAt")}
    return [items.new(key, {"type": "operationLink", **content})]


def new_shard(operation: Operation, **details: object) -> Shard:
    """Return a further shard of an operation."""
    return _new_shard(operation, ids.new_id(), details)


def late_shard(operation: Operation) -> Shard:
    """Return the shard that counts associations which no slice of an operation has found.

    It is written with the first of them, and no worker ever works on it.
    """
    idle = {"working": False, "awake": False, "open": None, **shard_expiry()}
    return _new_shard(operation, operation_keys.late_shard_id(operation["operationId"]), idle)


def _new_shard(operation: Operation, shard_id: str, details: Changes) -> Shard:
    account_id, operation_id = operation["accountId"], operation["operationId"]
    shard = {
        **items.key_attributes(operation_keys.shard(account_id, operation_id, shard_id)),
        "type": "shard",
        "createdAt": now(),
        **{name: operation[name] for name in _INHERITED if operation.get(name) is not None},  # type: ignore[literal-required]
        **_new_shard_state(shard_id),
        **details,
    }
    return cast("Shard", shard)


def _new_shard_state(shard_id: str) -> Changes:
    return {
        "revision": 0,
        "sliceNumber": 0,
        "awake": True,
        "working": True,
        "done": 0,
        "merged": 0,
        "failed": 0,
        "open": operation_keys.open_partition(shard_id),
        "updatedAt": now(),
    }
