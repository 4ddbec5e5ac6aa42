"""Applications and entities: one implementation for both kinds of parent.

Each creation gives a parent a new generation. Associations store it, so those of a deleted parent
differ from those of a later one with the same id.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import NamedTuple

from provisioning.accounts import meant_parents
from provisioning.accounts.meant_parents import Meant
from provisioning.accounts.principals import Principal
from provisioning.core import ids
from provisioning.core.clock import now
from provisioning.core.errors import (
    ConflictError,
    ForbiddenError,
    NotFoundError,
    RepeatedError,
    StaleError,
)
from provisioning.core.if_match import ANY, IfMatch
from provisioning.core.kinds import Kind
from provisioning.core.origins import SYSTEM, Origin
from provisioning.paging import pages
from provisioning.resources import versions
from provisioning.table import dynamodb, items, keys, reads, writes
from provisioning.table.item_types import ParentItem
from provisioning.table.items import Item
from provisioning.table.primary_keys import Key
from provisioning.table.writes import Write


def new_item(
    account_id: str, kind: Kind, identifier: str, name: str | None, origin: Origin = SYSTEM
) -> ParentItem:
    """Return the item of a new application or entity."""
    marks = origin.marks()
    return items.new(
        keys.parent(account_id, kind, identifier),
        {
            **marks,
            "type": kind.name,
            "id": identifier,
            "name": name,
            "generation": ids.new_id(),
            "createdAt": marks["changedAt"],
            "createdBy": origin.actor,
        },
    )


def create(
    account_id: str,
    kind: Kind,
    identifier: str,
    name: str | None,
    origin: Origin = SYSTEM,
    alongside: Sequence[Write] = (),
) -> None:
    """Create an application or entity.

    Raises:
        ConflictError: It exists.
        RepeatedError: A write alongside shows that the request was carried out before.
    """
    write_new(kind, new_item(account_id, kind, identifier, name, origin), alongside)


def write_new(kind: Kind, item: ParentItem, alongside: Sequence[Write] = ()) -> None:
    """Write the item of a new application or entity; an earlier attempt may have done so.

    Raises:
        ConflictError: It exists.
        RepeatedError: A write alongside shows that the request was carried out before.
    """
    try:
        writes.execute_together([writes.create(item), *alongside])
    except dynamodb.ConditionFailedError as error:
        if set(error.found) - {0}:
            raise RepeatedError from None
        # The item may be our own, from an attempt whose response was lost.
        if (error.found[0] or {}).get("generation") != item["generation"]:
            message = f"{kind.name.capitalize()} {item['id']} already exists"
            raise ConflictError(message) from None


def get(account_id: str, kind: Kind, identifier: str, meant: Meant | None = None) -> ParentItem:
    """Return an application's or entity's item.

    Raises:
        NotFoundError: It does not exist, or is not what the API key means.
    """
    item = _get(keys.parent(account_id, kind, identifier))
    _require_meant(item, meant)
    return item


class Guard(NamedTuple):
    """Which application or entity, in which state, a change is meant for.

    Attributes:
        if_match: The versions that the request accepts.
        meant: What a restricted API key means by the id; None for whatever has it.
    """

    if_match: IfMatch = ANY
    meant: Meant | None = None


ANY_STATE = Guard()
"""The guard of a change of whatever has the id."""


def rename(
    account_id: str,
    kind: Kind,
    identifier: str,
    name: str | None,
    origin: Origin = SYSTEM,
    guard: Guard = ANY_STATE,
) -> None:
    """Set the name of an application or entity; None clears it.

    Raises:
        NotFoundError: It does not exist, or is not what the API key means.
        StaleError: Its version is not one that If-Match names.
    """
    _change(keys.parent(account_id, kind, identifier), {"name": name}, origin, guard)


def _change(
    key: Key[ParentItem],
    values: Mapping[str, object],
    origin: Origin,
    guard: Guard,
    also_expected: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """Set attributes of an application or entity, and store who did so."""
    meant = guard.meant
    expected: Item = {**also_expected, **(meant.expected() if meant else {})}
    if not guard.if_match.is_any:
        item = _get(key)
        _require_meant(item, meant)
        guard.if_match.require(versions.of(item))
        expected = {**also_expected, **state(item)}
    changed = {**values, "updatedAt": now(), "version": ids.new_id(), **origin.marks()}
    try:
        writes.execute(writes.update(key, changed, **expected))
    except dynamodb.ConditionFailedError as error:
        found = error.found[0]
        if found is None:
            raise NotFoundError from None
        # An earlier attempt of ours, whose response was lost, may have changed it already.
        if found.get("version") == changed["version"]:
            return
        _require_meant(found, meant)
        if meant is None or found["generation"] == meant.generation:
            raise StaleError from None
        # The key means it, but not by the generation that was known: restored, or its own.
        known = replace(meant, generation=found["generation"])
        _change(key, values, origin, guard._replace(meant=known), also_expected)


def _require_meant(item: ParentItem, meant: Meant | None) -> None:
    """Check that an application or entity is what the API key means; all others do not exist."""
    if meant is not None and not meant.includes(item):
        raise NotFoundError


def state(item: ParentItem) -> Item:
    """Return the attributes that make up the version of a parent."""
    return {"generation": item["generation"], "version": item.get("version")}


class Protection(NamedTuple):
    """Whether a parent is protected from deletion, and whether the whole account decides so.

    A restricted key cannot remove a protection that the account has set.
    """

    protected: bool
    by_account: bool = True


def protect(
    account_id: str,
    kind: Kind,
    identifier: str,
    protection: Protection,
    origin: Origin = SYSTEM,
    guard: Guard = ANY_STATE,
) -> None:
    """Protect an application or entity from deletion, or remove the protection.

    Raises:
        NotFoundError: It does not exist, or is not what the API key means.
        StaleError: Its version is not one that If-Match names.
        ForbiddenError: The account has protected it, and a restricted key may not change that.
    """
    key = keys.parent(account_id, kind, identifier)
    values: dict[str, object] = {"protected": protection.protected or None}
    if protection.by_account:
        values["protectedByAccount"] = protection.protected or None
        _change(key, values, origin, guard)
        return
    try:
        _change(key, values, origin, guard, {"protectedByAccount": None})
    except StaleError:
        if _get(key).get("protectedByAccount"):
            raise ForbiddenError from None
        raise


def _get(key: Key[ParentItem]) -> ParentItem:
    item = reads.get(key)
    if item is None:
        raise NotFoundError
    return item


def list_page(
    account_id: str, kind: Kind, number: int, size: int, prefix: str = ""
) -> pages.Page[ParentItem]:
    """Return one page of the applications or entities whose ids begin with a prefix, by id."""
    ranges = (
        keys.parents_with_prefix(account_id, kind, prefix)
        if prefix
        else [keys.parents(account_id, kind)]
    )
    # Only what a list shows is read: DynamoDB sends, and this process parses, half as much.
    shown = [key_range._replace(attributes=("id", "name")) for key_range in ranges]
    return pages.page(shown, number, size)


def list_named(
    principal: Principal, kind: Kind, number: int, size: int, prefix: str = ""
) -> pages.Page[ParentItem]:
    """Return one page of the parents that a restricted key names and means, by id."""
    named = (name for name in principal.binding.named(kind) if name.startswith(prefix))
    wanted = {keys.parent(principal.account_id, kind, name): name for name in named}
    found = reads.batch_get(wanted)
    existing = (
        found[key]
        for key, name in wanted.items()
        if key in found and meant_parents.is_meant(principal, kind, name, found[key])
    )
    window = pages.cut(existing, number * size, size)
    return pages.Page(window.items, number, size, window.total)


def find(account_id: str, parents: set[tuple[Kind, str]]) -> dict[tuple[Kind, str], ParentItem]:
    """Return the items of the parents that exist, by kind and id, read consistently."""
    wanted = {
        keys.parent(account_id, kind, identifier): (kind, identifier)
        for kind, identifier in parents
    }
    found = reads.batch_get(wanted)
    return {wanted[key]: item for key, item in found.items()}


def generations(account_id: str, parents: set[tuple[Kind, str]]) -> dict[tuple[Kind, str], str]:
    """Return the present generation of each parent that exists, read consistently."""
    return {parent: item["generation"] for parent, item in find(account_id, parents).items()}
