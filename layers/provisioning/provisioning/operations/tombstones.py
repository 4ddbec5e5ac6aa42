"""Tombstones: what is remembered of a deleted application or entity.

A message that was submitted before the deletion and an association that was written at the same
moment find the deletion by its tombstone. DynamoDB deletes it after ``TOMBSTONE_DAYS``.
"""

from provisioning.core.clock import in_days, now
from provisioning.core.kinds import Kind
from provisioning.operations.target import Parent
from provisioning.table import keys, reads, writes
from provisioning.table.items import Item
from provisioning.table.operation_types import ParentTombstone
from provisioning.table.writes import Write

TOMBSTONE_DAYS = 30
"""Days that a tombstone is kept: longer than a message can be on its way."""


def put(account_id: str, kind: Kind, parent: Item, operation_id: str) -> Write:
    """Return the write of a tombstone."""
    key = keys.parent_tombstone(account_id, kind, parent["id"])
    tombstone = ParentTombstone(
        PK=key.partition,
        SK=key.sort,
        type=f"{kind.name}Tombstone",
        generation=parent["generation"],
        operationId=operation_id,
        deletedAt=now(),
        expiresAt=in_days(TOMBSTONE_DAYS),
    )
    return writes.put(tombstone)


def operation_ids(account_id: str, parents: set[Parent]) -> dict[str, str]:
    """Return the operations that last deleted some parents, by the generation each parent had."""
    wanted = (keys.parent_tombstone(account_id, kind, identifier) for kind, identifier in parents)
    found = reads.batch_get(wanted).values()
    return {item["generation"]: item["operationId"] for item in found}


def not_deleted_since(account_id: str, kind: Kind, identifier: str, moment: str) -> Write:
    """Return the check, for a transaction, that a parent was not deleted at a moment or later."""
    key = keys.parent_tombstone(account_id, kind, identifier)
    return writes.check_below(key, "deletedAt", moment)
