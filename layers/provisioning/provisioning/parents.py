"""Applications and entities: one implementation for both kinds of parent.

Every creation gives a parent a new generation. Associations remember it, so those of a deleted
parent are told from those of its namesake.
"""

from collections.abc import Callable, Sequence

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
from provisioning.kinds import KINDS, Kind
from provisioning.origins import SYSTEM, Origin
from provisioning.versions import ANY, Wanted

DELETION_KEPT_DAYS = 30
"""How long it is remembered when an entity was deleted: longer than a message can be under way."""

FORMER_GENERATIONS = 20
"""Generations of a parent that was deleted and restored again and again which it remembers."""

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
    _change(account_id, kind, identifier, {"name": name}, origin, wanted)


def _change(
    account_id: str,
    kind: Kind,
    identifier: str,
    values: Item,
    origin: Origin,
    wanted: Wanted,
) -> None:
    """Set attributes of an application or entity, and note who did so.

    Raises:
        NotFoundError: There is none.
        StaleError: It is not in a version that is wanted.
    """
    expected: Item = {}
    if not wanted.is_any:
        item = get(account_id, kind, identifier)
        wanted.require(versions.of(item))
        expected = _state(item)
    changed = {**values, "updatedAt": now(), "version": keys.new_id(), **origin.marks()}
    key = keys.parent(account_id, kind, identifier)
    try:
        dynamodb.write(dynamodb.change(key, changed, **expected))
    except dynamodb.ConditionFailedError as error:
        found = error.found[0]
        if found is None:
            raise NotFoundError from None
        # It may be changed already by our own first try, whose response was lost.
        if found.get("version") != changed["version"]:
            raise StaleError from None


def _state(item: Item) -> Item:
    """Return the attributes that tell an item's version."""
    return {"generation": item["generation"], "version": item.get("version")}


Approve = Callable[[Item, Item], Item | None]
"""Looks at a parent and its account as they are, and returns where the links go, as operations
remember it (None: they are reset); or raises what speaks against the deletion."""


def delete(
    account_id: str,
    kind: Kind,
    identifier: str,
    origin: Origin = SYSTEM,
    approve: Approve = lambda _parent, _account: None,
) -> str:
    """Delete an application or entity, and set going what becomes of all that is linked to it.

    It is read first: the operation remembers what was deleted.

    Args:
        account_id: The account.
        kind: Which of the two.
        identifier: Its id.
        origin: Who deletes it.
        approve: Decides, by what is read, whether it may be deleted and where its links go.

    Returns:
        The id of the operation that moves the links.

    Raises:
        InvalidError: It is built in.
        NotFoundError: There is none.
        ConflictError: It is protected.
        ThrottledError: It kept changing.
    """
    if identifier in kind.built_in:
        raise InvalidError({kind.id_member: [f"must not be {identifier}, which is built in"]})
    parent_key, account_key = keys.parent(account_id, kind, identifier), keys.account(account_id)
    for _ in range(DELETION_TRIES):
        found = dynamodb.get_many([parent_key, account_key])
        if parent_key not in found:
            raise NotFoundError
        item = found[parent_key]
        _require_unprotected(kind, item)
        target = approve(item, found.get(account_key, {}))
        operation = operations.new_deletion(account_id, kind, item, origin, target)
        writes = [
            dynamodb.remove(parent_key, protected=None, **_state(item)),
            dynamodb.create(operation),
            _remember_deletion(account_id, kind, item, operation["operationId"]),
        ]
        try:
            dynamodb.transact(writes)
        except dynamodb.ConditionFailedError:
            continue
        operation_id: str = operation["operationId"]
        return operation_id
    raise ThrottledError


def _require_unprotected(kind: Kind, item: Item) -> None:
    if item.get("protected"):
        message = f"{kind.name.capitalize()} {item['id']} is protected"
        raise ConflictError(message)


def protect(
    account_id: str,
    kind: Kind,
    identifier: str,
    *,
    protected: bool,
    origin: Origin = SYSTEM,
    wanted: Wanted = ANY,
) -> None:
    """Protect an application or entity from being deleted, or lift that.

    Raises:
        NotFoundError: There is none.
        StaleError: It is not in a version that is wanted.
    """
    _change(account_id, kind, identifier, {"protected": protected or None}, origin, wanted)


def restore(operation: Item, origin: Origin) -> Item:
    """Return the item by which a parent stands again that an operation has deleted.

    It has a generation of its own: what still hangs on the deleted one is left to its deletion. It
    remembers those that it had, so that what was moved away can be brought back.
    """
    kind = KINDS[operation["parentKind"]]
    identifier, name = operation["parentId"], operation.get("parentName")
    former = [*operation.get("parentFormer", ()), operation["parentGeneration"]]
    return new_item(operation["accountId"], kind, identifier, name, origin) | {
        "formerGenerations": former[-FORMER_GENERATIONS:],
        "createdAt": operation.get("parentCreatedAt") or now(),
    }


def _remember_deletion(account_id: str, kind: Kind, parent: Item, operation_id: str) -> Write:
    """Return the write by which what comes late finds a deletion: a message that was submitted
    before it, and a link that was made at the same moment.
    """
    key = keys.deleted_parent(account_id, kind, parent["id"])
    return dynamodb.put(
        dynamodb.key_attributes(key)
        | {
            "type": f"deleted{kind.name.capitalize()}",
            "generation": parent["generation"],
            "operationId": operation_id,
            "deletedAt": now(),
            "expiresAt": in_days(DELETION_KEPT_DAYS),
        }
    )


def deletions(account_id: str, parents: set[tuple[Kind, str]]) -> dict[str, str]:
    """Return which operations have deleted some parents the last time, by the generation that each
    of them had. They are known for ``DELETION_KEPT_DAYS``.
    """
    wanted = (keys.deleted_parent(account_id, kind, identifier) for kind, identifier in parents)
    found = dynamodb.get_many(wanted).values()
    return {item["generation"]: item["operationId"] for item in found}


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


def find(account_id: str, parents: set[tuple[Kind, str]]) -> dict[tuple[Kind, str], Item]:
    """Return the items of those of the parents that exist, read consistently."""
    wanted = {
        keys.parent(account_id, kind, identifier): (kind, identifier)
        for kind, identifier in parents
    }
    found = dynamodb.get_many(wanted)
    return {wanted[key]: item for key, item in found.items()}


def generations(account_id: str, parents: set[tuple[Kind, str]]) -> dict[tuple[Kind, str], str]:
    """Return the present generation of those of the parents that exist, read consistently."""
    return {parent: item["generation"] for parent, item in find(account_id, parents).items()}
