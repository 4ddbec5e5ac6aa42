"""Applications and entities: one implementation for both kinds of parent.

Every creation gives a parent a new generation. Associations remember it, so those of a deleted
parent are told from those of its namesake.
"""

from collections.abc import Sequence

from provisioning import dynamodb, keys, operations, pages, versions
from provisioning.clock import in_days, now
from provisioning.dynamodb import Item, Write
from provisioning.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    RepeatedError,
    StaleError,
    ThrottledError,
)
from provisioning.kinds import Kind
from provisioning.origins import SYSTEM, Origin
from provisioning.versions import ANY, Wanted

DELETION_KEPT_DAYS = 30
"""How long it is remembered when an entity was deleted: longer than a message can be under way."""

DELETION_TRIES = 5
"""Tries of a delete whose application or entity keeps changing under it."""


def new_item(
    account_id: str, kind: Kind, identifier: str, name: str | None, origin: Origin = SYSTEM
) -> Item:
    """Return the item of a new application or entity."""
    return dynamodb.key_attributes(keys.parent(account_id, kind, identifier)) | {
        "type": kind.name,
        "id": identifier,
        "name": name,
        "generation": keys.new_id(),
        "createdAt": now(),
        **origin.marks(),
    }


def create(
    account_id: str,
    kind: Kind,
    identifier: str,
    name: str | None,
    origin: Origin = SYSTEM,
    alongside: Sequence[Write] = (),
) -> None:
    """Create an application or entity.

    Args:
        account_id: The account.
        kind: Which of the two.
        identifier: Its id.
        name: Its name, if any.
        origin: Who makes it.
        alongside: What to write in the same transaction.

    Raises:
        ConflictError: It exists.
        RepeatedError: What was to be written alongside shows that this was done before.
    """
    make(kind, new_item(account_id, kind, identifier, name, origin), alongside)


def make(kind: Kind, item: Item, alongside: Sequence[Write] = ()) -> None:
    """Write the item of a new application or entity; it may have been tried before.

    Raises:
        ConflictError: It exists.
        RepeatedError: What was to be written alongside shows that this was done before.
    """
    try:
        dynamodb.write_together([dynamodb.create(item), *alongside])
    except dynamodb.ConditionFailedError as error:
        if set(error.found) - {0}:
            raise RepeatedError from None
        # The item may be our own: the first try got through and its response was lost.
        if (error.found[0] or {}).get("generation") != item["generation"]:
            message = f"{kind.name.capitalize()} {item['id']} already exists"
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


def rename(
    account_id: str,
    kind: Kind,
    identifier: str,
    name: str | None,
    origin: Origin = SYSTEM,
    wanted: Wanted = ANY,
) -> None:
    """Set the name of an application or entity; None clears it.

    Raises:
        NotFoundError: There is none.
        StaleError: It is not in a version that is wanted.
    """
    expected = {} if wanted.is_any else _state(get(account_id, kind, identifier), wanted)
    values = {"name": name, "updatedAt": now(), "version": keys.new_id(), **origin.marks()}
    key = keys.parent(account_id, kind, identifier)
    try:
        dynamodb.write(dynamodb.change(key, values, **expected))
    except dynamodb.ConditionFailedError as error:
        found = error.found[0]
        if found is None:
            raise NotFoundError from None
        # It may be renamed already by our own first try, whose response was lost.
        if found.get("version") != values["version"]:
            raise StaleError from None


def _state(item: Item, wanted: Wanted) -> Item:
    """Return the attributes that tell an item's version, if it is a wanted one.

    Raises:
        StaleError: It is not.
    """
    wanted.require(versions.of(item))
    return {"generation": item["generation"], "version": item.get("version")}


def delete(
    account_id: str, kind: Kind, identifier: str, origin: Origin = SYSTEM, wanted: Wanted = ANY
) -> str:
    """Delete an application or entity, and set going the reset of all that is linked to it.

    It is read first: the operation remembers what was deleted.

    Returns:
        The id of the operation that carries out the reset.

    Raises:
        InvalidError: It is built in.
        NotFoundError: There is none.
        StaleError: It is not in a version that is wanted.
        ThrottledError: It kept changing.
    """
    if identifier in kind.built_in:
        raise InvalidError({kind.id_member: [f"must not be {identifier}, which is built in"]})
    for _ in range(DELETION_TRIES):
        item = get(account_id, kind, identifier)
        operation = operations.new_reset(account_id, kind, item, origin)
        writes = [
            dynamodb.remove(dynamodb.key_of(item), **_state(item, wanted)),
            dynamodb.create(operation),
        ]
        if kind.created_by_messages:
            writes.append(_remember_deletion(account_id, kind, identifier))
        try:
            dynamodb.transact(writes)
        except dynamodb.ConditionFailedError:
            continue
        operation_id: str = operation["operationId"]
        return operation_id
    raise ThrottledError


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
