"""The items of associations.

An association is three items, written in one transaction: its own, which is stored under its
application, the entity link, which lists it under its entity (or under none), and the resource
link, which lists it under its resource (docs/adr/0080). They have the same attributes:

* ``creationId``, new each time the association is created;
* ``applicationGeneration`` and ``entityGeneration``, those of its parents when it was created (none
  for the application ``default``, which never changes).

An association is **stale** if one of its parents no longer has the generation that it stores. That
is decided by reading the parents *after* the association: a generation exists before any
association stores it and never comes back, so if it is not the present one, it is gone for good.
"""

from collections.abc import Mapping
from typing import Any

from provisioning.core import ids
from provisioning.core.clock import in_days
from provisioning.core.identities import MEMBERS, Identity
from provisioning.core.kinds import APPLICATION, DEFAULT_APPLICATION, ENTITY, Kind
from provisioning.core.origins import Origin
from provisioning.table import items, keys, writes
from provisioning.table.item_types import AssociationItem, ParentItem
from provisioning.table.items import Item
from provisioning.table.primary_keys import Key, KeyRange
from provisioning.table.writes import Write

Generations = dict[str, str]
"""Generations by the attribute that stores them."""

GENERATIONS = ("applicationGeneration", "entityGeneration")
"""The attributes that store generations."""
TOMBSTONE_KEPT_DAYS = 8
"""How long a tombstone is kept: a week longer than the stream has its record, so that the audit
check finds what the stream has forgotten."""


def shown(item: Mapping[str, Any]) -> Item:
    """Return an association as clients see it."""
    return {member: item[member] for member in MEMBERS if member in item}


TYPES = ("association", "entityLink", "resourceLink")
"""The types of an association's items, in the order of ``keys_of``."""


def keys_of(account_id: str, association: Identity) -> list[Key[AssociationItem]]:
    """Return the keys of an association's items: its own, its entity link, its resource link."""
    key_functions = (keys.association, keys.entity_link, keys.resource_link)
    return [key_function(account_id, association) for key_function in key_functions]


def items_of(
    account_id: str,
    association: Identity,
    creation_id: str,
    generations: Generations,
    origin: Origin | None = None,
) -> list[AssociationItem]:
    """Return the items of a new association, in the order of ``keys_of``.

    Without origin, an operation creates it, whose journal says so.
    """
    content = {"creationId": creation_id} | association.members() | generations
    own, *links = [
        items.new(key, {"type": kind, **content})
        for key, kind in zip(keys_of(account_id, association), TYPES, strict=True)
    ]
    if origin is not None:
        own = {**own, **origin.marks()}
    return [own, *links]


def tombstone(
    account_id: str, action: str, association: Identity, origin: Origin, **further: str | None
) -> Write:
    """Return the write of an association's tombstone, for the transaction that removes it.

    The audit needs it: the stream record of a removed item shows how it was, not who removed it.
    """
    return writes.create(
        {
            **items.key_attributes(keys.association_tombstone(account_id, ids.new_id())),
            "type": "associationTombstone",
            "action": action,
            **association.members(),
            **further,
            **origin.marks(),
            "expiresAt": in_days(TOMBSTONE_KEPT_DAYS),
        }
    )


def linked_to(
    account_id: str, kind: Kind, identifier: str, *pair: str
) -> KeyRange[AssociationItem]:
    """Return the range of the associations of an application or entity, or of one pair of them."""
    if kind is APPLICATION:
        return keys.associations(account_id, identifier, *pair)
    return keys.entity_links(account_id, identifier, *pair)


def parents_of(association: Identity) -> dict[str, tuple[Kind, str]]:
    """Return the parents that an association needs, by the attribute with their generation."""
    needed: dict[str, tuple[Kind, str]] = {}
    if association.application_id != DEFAULT_APPLICATION:
        needed["applicationGeneration"] = (APPLICATION, association.application_id)
    if association.entity_id is not None:
        needed["entityGeneration"] = (ENTITY, association.entity_id)
    return needed


def stored_generations(item: Mapping[str, Any]) -> Generations:
    """Return the generations that an association's item stores."""
    return {name: item[name] for name in GENERATIONS if name in item}


def are_unchanged(
    present: Mapping[tuple[Kind, str], ParentItem],
    parents: Mapping[str, tuple[Kind, str]],
    item: Mapping[str, Any],
) -> bool:
    """Return whether parents exist with the generations that an association stores.

    If not, the association is still to be moved from a deleted parent, perhaps a namesake.

    Args:
        present: The items of the parents that exist.
        parents: The parents, by the attribute with their generation.
        item: An item of the association.
    """
    return all(
        parent in present and present[parent]["generation"] == item.get(attribute)
        for attribute, parent in parents.items()
    )
