"""Applications and entities: one implementation for both kinds of parent.

Every creation gives a parent a new generation. Associations remember it, so those of a deleted
parent are told from those of its namesake.
"""

from provisioning import dynamodb, keys, operations, pages
from provisioning.clock import in_days, now
from provisioning.dynamodb import Item, Write
from provisioning.errors import ConflictError, InvalidError, NotFoundError
from provisioning.kinds import Kind

DELETION_KEPT_DAYS = 30
"""How long it is remembered when an entity was deleted: longer than a message can be under way."""


def new_item(account_id: str, kind: Kind, identifier: str, name: str | None) -> Item:
    """Return the item of a new application or entity."""
    return dynamodb.key_attributes(keys.parent(account_id, kind, identifier)) | {
        "type": kind.name,
        "id": identifier,
        "name": name,
        "generation": keys.new_id(),
        "createdAt": now(),
    }


def create(account_id: str, kind: Kind, identifier: str, name: str | None) -> None:
    """Create an application or entity.

    Raises:
        ConflictError: It exists.
    """
    item = new_item(account_id, kind, identifier, name)
    try:
        dynamodb.write(dynamodb.create(item))
    except dynamodb.ConditionFailedError as error:
        # The item may be our own: the first try got through and its response was lost.
        if (error.found[0] or {}).get("generation") != item["generation"]:
            message = f"{kind.name.capitalize()} {identifier} already exists"
            raise ConflictError(message) from None


def get(account_id: str, kind: Kind, identifier: str) -> Item:
    """Return an application's or entity's item.

    Raises:
        NotFoundError: There is none.
    """
    item = dynamodb.get(keys.parent(account_id, kind, identifier))
    if item is None:
        raise NotFoundError
    return item


def rename(account_id: str, kind: Kind, identifier: str, name: str | None) -> None:
    """Set the name of an application or entity; None clears it.

    Raises:
        NotFoundError: There is none.
    """
    values = {"name": name, "updatedAt": now()}
    try:
        dynamodb.write(dynamodb.change(keys.parent(account_id, kind, identifier), values))
    except dynamodb.ConditionFailedError:
        raise NotFoundError from None


def delete(account_id: str, kind: Kind, identifier: str) -> str:
    """Delete an application or entity, and set going the reset of all that is linked to it.

    Returns:
        The id of the operation that carries out the reset.

    Raises:
        InvalidError: It is built in.
        NotFoundError: There is none.
    """
    if identifier in kind.built_in:
        raise InvalidError({kind.id_member: [f"must not be {identifier}, which is built in"]})
    operation_id = keys.new_id()
    writes = [
        dynamodb.remove(keys.parent(account_id, kind, identifier)),
        operations.start_reset(account_id, kind, identifier, operation_id),
    ]
    if kind.created_by_messages:
        writes.append(_remember_deletion(account_id, kind, identifier))
    try:
        dynamodb.transact(writes)
    except dynamodb.ConditionFailedError:
        raise NotFoundError from None
    return operation_id


def _remember_deletion(account_id: str, kind: Kind, identifier: str) -> Write:
    """Return the write by which a message that was submitted before a delete finds it."""
    key = keys.deleted_parent(account_id, kind, identifier)
    return dynamodb.put(
        dynamodb.key_attributes(key)
        | {
            "type": f"deleted{kind.name.capitalize()}",
            "deletedAt": now(),
            "expiresAt": in_days(DELETION_KEPT_DAYS),
        }
    )


def not_deleted_since(account_id: str, kind: Kind, identifier: str, moment: str) -> Write:
    """Return the check, for a transaction, that a parent was not deleted at a moment or later.

    It knows of deletions for ``DELETION_KEPT_DAYS``.
    """
    key = keys.deleted_parent(account_id, kind, identifier)
    return dynamodb.require_below(key, "deletedAt", moment)


def list_page(account_id: str, kind: Kind, number: int, size: int) -> pages.Page:
    """Return one page of all applications or entities, by id."""
    return pages.read([keys.parents(account_id, kind)], number, size)


def list_named(
    account_id: str, kind: Kind, identifiers: list[str], number: int, size: int
) -> pages.Page:
    """Return one page of those applications or entities that have one of a few ids, by id.

    Args:
        account_id: The account.
        kind: Which of the two.
        identifiers: The ids, in order; at most as many as one batched read takes.
        number: Which page, from 0.
        size: Items on a page.
    """
    wanted = [keys.parent(account_id, kind, identifier) for identifier in identifiers]
    found = dynamodb.get_many(wanted)
    return pages.cut((found[key] for key in wanted if key in found), number, size)


def generations(account_id: str, parents: set[tuple[Kind, str]]) -> dict[tuple[Kind, str], str]:
    """Return the present generation of those of the parents that exist, read consistently.

    Built-in parents always exist and are not read.
    """
    wanted = {
        keys.parent(account_id, kind, identifier): (kind, identifier)
        for kind, identifier in parents
    }
    found = dynamodb.get_many(wanted)
    return {wanted[key]: item["generation"] for key, item in found.items()}
