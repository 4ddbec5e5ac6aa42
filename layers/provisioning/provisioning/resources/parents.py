"""Applications and entities: one implementation for both kinds of parent.

Every creation gives a parent a new generation. Associations remember it, so those of a deleted
parent are told from those of its namesake.
"""

from collections.abc import Sequence

from provisioning.core.clock import now
from provisioning.core.errors import (
    ConflictError,
    NotFoundError,
    RepeatedError,
    StaleError,
)
from provisioning.core.kinds import Kind
from provisioning.core.origins import SYSTEM, Origin
from provisioning.paging import pages
from provisioning.table import dynamodb, keys, versions
from provisioning.table.dynamodb import Item, Write
from provisioning.table.versions import ANY, Wanted


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
        expected = state(item)
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


def state(item: Item) -> Item:
    """Return the attributes that tell an item's version."""
    return {"generation": item["generation"], "version": item.get("version")}


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
    items = (found[key] for key in wanted if key in found)
    window = pages.cut(items, number * size, size)
    return pages.Page(window.items, number, size, window.total)


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
