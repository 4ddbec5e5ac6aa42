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


DELETIONS = 20
"""Deletions of one id that a tombstone remembers, the latest ones."""


def put(
    account_id: str, kind: Kind, parent: Item, operation_id: str, former: ParentTombstone | None
) -> Write:
    """Return the write of a tombstone.

    Args:
        account_id: The account.
        kind: Whether an application or an entity is deleted.
        parent: Its item.
        operation_id: The operation that moves its associations.
        former: The tombstone of an earlier deletion of the same id, as read with its item.
    """
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
    for name in ("createdBy", "formerGenerations"):
        if name in parent:
            tombstone[name] = parent[name]
    if former is not None:
        tombstone["earlier"] = dict(list(_operation_ids(former).items())[-DELETIONS:])
    return writes.put(tombstone)


def operation_ids(account_id: str, parents: set[Parent]) -> dict[str, str]:
    """Return the operations that deleted some parents, by the generation that each parent had."""
    wanted = (keys.parent_tombstone(account_id, kind, identifier) for kind, identifier in parents)
    operations: dict[str, str] = {}
    for item in reads.batch_get(wanted).values():
        operations |= _operation_ids(item)
    return operations


def _operation_ids(tombstone: ParentTombstone) -> dict[str, str]:
    """Return the operations that a tombstone remembers by generation, the latest last."""
    return tombstone.get("earlier", {}) | {tombstone["generation"]: tombstone["operationId"]}


def not_deleted_since(account_id: str, kind: Kind, identifier: str, moment: str) -> Write:
    """Return the check, for a transaction, that a parent was not deleted at a moment or later."""
    key = keys.parent_tombstone(account_id, kind, identifier)
    return writes.check_below(key, "deletedAt", moment)
