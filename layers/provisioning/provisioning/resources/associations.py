"""Associations: created, read and deleted. Their items are described in ``association_items``."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from provisioning.accounts import meant_parents
from provisioning.accounts.principals import Principal
from provisioning.core import ids
from provisioning.core.errors import ConflictError, NotFoundError, RepeatedError, StaleError
from provisioning.core.identities import Identity
from provisioning.core.if_match import ANY, IfMatch
from provisioning.core.kinds import Kind
from provisioning.core.origins import SYSTEM, Origin
from provisioning.resources import parents, versions
from provisioning.resources.association_items import (
    Generations,
    items_of,
    keys_of,
    parents_of,
    stored_generations,
    tombstone,
)
from provisioning.table import items, keys, reads, writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.item_types import AssociationItem
from provisioning.table.writes import Write

ParentGenerations = Mapping[tuple[Kind, str], str]
"""Generations by parent."""


class StaleAssociationError(Exception):
    """In the place of a new association is one whose parent was deleted, which has yet to move."""

    def __init__(self, item: AssociationItem) -> None:
        """Take the item of the stale association."""
        super().__init__()
        self.item = item


def generations_for(
    account_id: str, associations: Iterable[Identity], principal: Principal | None = None
) -> ParentGenerations:
    """Return the present generations of all parents of some associations that exist.

    For an API key, those that have an id in its restriction must be what it means by the id.

    The associations may be written later: the deletion of a parent meanwhile treats them like those
    that were written just before it.
    """
    needed = {parent for each in associations for parent in parents_of(each).values()}
    found = parents.find(account_id, needed)
    return {
        parent: item["generation"]
        for parent, item in found.items()
        if principal is None or meant_parents.is_meant(principal, *parent, item)
    }


def new_items(
    account_id: str, association: Identity, origin: Origin, generations: ParentGenerations
) -> list[AssociationItem]:
    """Return the items of a new association.

    Raises:
        NotFoundError: A parent is not among them.
    """
    needed = _select(association, generations)
    return items_of(account_id, association, ids.new_id(), needed, origin)


def create(
    account_id: str,
    association: Identity,
    origin: Origin = SYSTEM,
    alongside: Sequence[Write] = (),
    made: list[AssociationItem] | None = None,
    principal: Principal | None = None,
) -> None:
    """Create an association in a free place (see ``operations.association_creation``).

    Args:
        account_id: The account.
        association: Its identity.
        origin: Who creates it.
        alongside: Writes to add to the transaction.
        made: The result of ``new_items`` if an earlier attempt tried to write these items.
        principal: The API key; the parents must be what it means by their ids.

    Raises:
        NotFoundError: The application or the entity does not exist, or is not what the key means.
        ConflictError: The association exists.
        StaleAssociationError: It exists, from a parent that was deleted since.
        RepeatedError: A write alongside shows that the request was carried out before.
    """
    if made is None:
        generations = generations_for(account_id, [association], principal)
        made = new_items(account_id, association, origin, generations)
    existing = _write_new(made, alongside)
    if existing is None:
        return
    present = _select(association, generations_for(account_id, [association], principal))
    creation_id = made[0]["creationId"]
    error = conflict(existing, items_of(account_id, association, creation_id, present, origin)[0])
    if error is not None:
        raise error
    if existing["creationId"] != creation_id:
        raise StaleAssociationError(existing)


def conflict(existing: Mapping[str, Any], made: Mapping[str, Any]) -> ConflictError | None:
    """Return the error of a creation that has found its association existing.

    Returns:
        None if the two are the same, or if the existing one is stale and can be replaced.
    """
    if existing["creationId"] == made["creationId"]:
        return None
    if stored_generations(existing) != stored_generations(made):
        return None
    return ConflictError(f"The association of {made['resourceId']} already exists")


def _select(association: Identity, generations: ParentGenerations) -> Generations:
    """Return the generations that an association has to store."""
    needed = parents_of(association)
    if not generations.keys() >= set(needed.values()):
        raise NotFoundError
    return {attribute: generations[parent] for attribute, parent in needed.items()}


def _write_new(made: list[AssociationItem], alongside: Sequence[Write]) -> AssociationItem | None:
    """Write the items of a new association; return the one that exists in their place, if any."""
    planned = [writes.create(item) for item in made]
    try:
        writes.transact([*planned, *alongside])
    except ConditionFailedError as error:
        _refuse_repetition(error, len(planned))
        existing: AssociationItem | None = error.found[0]
        return existing
    return None


def _refuse_repetition(error: ConditionFailedError, before: int) -> None:
    """Raise RepeatedError if the condition of a write alongside failed."""
    if any(position >= before for position in error.found):
        raise RepeatedError from None


def get(
    account_id: str, association: Identity, generations: Generations | None = None
) -> AssociationItem:
    """Return the item of exactly this association.

    Args:
        account_id: The account.
        association: Its identity.
        generations: The generations that it must store (see ``current``); None for any.

    Raises:
        NotFoundError: It does not exist.
    """
    item = reads.get(keys.association(account_id, association))
    if item is None or (generations is not None and stored_generations(item) != generations):
        raise NotFoundError
    return item


def current(principal: Principal, association: Identity) -> Generations:
    """Return the generations that an association of the present application and entity stores.

    One that an operation has still to move is of a deleted application or entity, perhaps of
    somebody else's: an API key that is restricted to a namesake must not see or delete it.

    Raises:
        NotFoundError: The application or the entity does not exist.
    """
    account_id = principal.account_id
    return _select(association, generations_for(account_id, [association], principal))


def delete(
    account_id: str,
    association: Identity,
    origin: Origin = SYSTEM,
    if_match: IfMatch = ANY,
    generations: Generations | None = None,
) -> None:
    """Delete an association; the resource itself belongs to another system.

    Args:
        account_id: The account.
        association: Its identity.
        origin: Who deletes it.
        if_match: The versions of which it must have one.
        generations: The generations that it must store (see ``current``); None for any.

    Raises:
        NotFoundError: The association does not exist.
        StaleError: Its version is not one that If-Match names.
    """
    expected = dict(generations or {})
    if not if_match.is_any:
        item = get(account_id, association, generations)
        if_match.require(versions.of(item))
        expected["creationId"] = item["creationId"]
    try:
        writes.transact(deletion(account_id, association, origin, **expected))
    except ConditionFailedError:
        raise (NotFoundError if if_match.is_any else StaleError) from None


def deletion(
    account_id: str, association: Identity, origin: Origin, **expected: str
) -> list[Write]:
    """Return the writes, for one transaction, that delete an association and say who did it."""
    return [
        *(writes.delete(key, **expected) for key in keys_of(account_id, association)),
        tombstone(account_id, "UNLINKED", association, origin),
    ]


def took_effect(deletion_writes: Sequence[Write]) -> bool:
    """Return whether a deletion took effect whose response was lost: its tombstone exists."""
    written = items.decode(deletion_writes[-1].parameters["Item"])
    return reads.get(items.key_of(written)) is not None
