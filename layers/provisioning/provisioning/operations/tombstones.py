"""Tombstones: what is remembered of a deleted application or entity.

A message that was submitted before the deletion and an association that was written at the same
moment find the deletion by its tombstone. DynamoDB removes it after ``KEPT_DAYS``.
"""

from provisioning.core.clock import in_days, now
from provisioning.core.kinds import Kind
from provisioning.table import dynamodb, keys
from provisioning.table.dynamodb import Item, Write

KEPT_DAYS = 30
"""Days that a tombstone is kept: longer than a message can be under way."""


def put(account_id: str, kind: Kind, parent: Item, operation_id: str) -> Write:
    """Return the write that remembers a deletion.

    Args:
        account_id: The account.
        kind: Whether an application or an entity is deleted.
        parent: Its item as it was.
        operation_id: The operation that deletes it.
    """
    key = keys.deleted_parent(account_id, kind, parent["id"])
    return dynamodb.put(
        dynamodb.key_attributes(key)
        | {
            "type": f"deleted{kind.name.capitalize()}",
            "generation": parent["generation"],
            "operationId": operation_id,
            "deletedAt": now(),
            "expiresAt": in_days(KEPT_DAYS),
        }
    )


def operation_ids(account_id: str, parents: set[tuple[Kind, str]]) -> dict[str, str]:
    """Return the operations that last deleted some parents, by the generation each parent had.

    Raises:
        ThrottledError, UnavailableError: The table could not be read.
    """
    tombstones = (keys.deleted_parent(account_id, kind, identifier) for kind, identifier in parents)
    found = dynamodb.get_many(tombstones).values()
    return {item["generation"]: item["operationId"] for item in found}


def not_deleted_since(account_id: str, kind: Kind, identifier: str, moment: str) -> Write:
    """Return the check, for a transaction, that a parent was not deleted at a moment or later."""
    key = keys.deleted_parent(account_id, kind, identifier)
    return dynamodb.require_below(key, "deletedAt", moment)
