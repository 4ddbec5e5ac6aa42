"""Accounts with thousands of associations, unevenly spread, and the plain list they should be."""

import random
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from provisioning.core.errors import UnavailableError
from provisioning.core.identities import MEMBERS, Identity
from provisioning.core.kinds import ENTITY, VALID_CHANNELS
from provisioning.paging import building, rebuild
from provisioning.resources import association_items
from provisioning.resources.association_shapes import AssociationQuery
from provisioning.table import items, keys, page_index_keys, primary_keys, reads, writes
from provisioning.table.items import Item
from provisioning.table.primary_keys import Key

ACCOUNT = "acme"
_PAIRS = [(kind, channel) for kind, channels in VALID_CHANNELS.items() for channel in channels]
_GENERATION = "0" * 24
_RESOURCE_FIRST: tuple[str, ...] = (
    "resourceType",
    "channel",
    "resourceId",
    "entityId",
    "applicationId",
)
_ENTITY_FIRST: tuple[str, ...] = (
    "entityId",
    "resourceType",
    "channel",
    "applicationId",
    "resourceId",
)
_APPLICATION_FIRST: tuple[str, ...] = (
    "applicationId",
    "resourceType",
    "channel",
    "resourceId",
    "entityId",
)


def entities(count: int) -> list[Item]:
    """Return the items of so many entities, whose ids count up."""
    return [entity(f"customer-{number:07}") for number in range(count)]


def entity(identifier: str) -> Item:
    """Return the item of an entity."""
    return items.key_attributes(keys.parent(ACCOUNT, ENTITY, identifier)) | {
        "type": "entity",
        "entityId": identifier,
        "generation": _GENERATION,
    }


def crowd(count: int, seed: int = 0) -> list[Identity]:
    """Return different associations.

    Half are of one application, a fifth of one entity, a twentieth of one resource; the rest is of
    many, some of them under ids that are no plain text.
    """
    chance = random.Random(seed)
    made: dict[Identity, None] = {}
    while len(made) < count:
        made[_draw(chance, count)] = None
    return list(made)


def _draw(chance: random.Random, count: int) -> Identity:
    pair = _PAIRS[0] if chance.random() < 0.7 else chance.choice(_PAIRS)
    application = "dominant" if chance.random() < 0.5 else f"application-{chance.randrange(50)}"
    entity_id: str | None = f"entity/{chance.randrange(1 + count // 5)}"
    if chance.random() < 0.4:
        entity_id = chance.choice(("everybody", None))
    resource = "hot" if chance.random() < 0.05 else f"+{chance.randrange(count)} \U0001f600"
    return Identity(
        resource_type=pair[0],
        channel=pair[1],
        application_id=application,
        entity_id=entity_id,
        resource_id=resource,
    )


def items_of(crowd: Iterable[Identity]) -> list[Item]:
    """Return all items of associations, their links with them."""
    made: list[Item] = []
    for association in crowd:
        marks = dict.fromkeys(association_items.parents_of(association), _GENERATION)
        made += association_items.items_of(ACCOUNT, association, _GENERATION, marks)
    return made


def write(items: Sequence[Item], removals: Sequence[Key] = ()) -> None:
    """Put and delete items, quickly."""
    batches = [(items[at : at + 25], ()) for at in range(0, len(items), 25)]
    gone = [((), removals[at : at + 25]) for at in range(0, len(removals), 25)]
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(lambda batch: _write(*batch), [*batches, *gone]))


def _write(puts: Sequence[Item], removals: Sequence[Key]) -> None:
    """Write a batch, again and again if the engine on a busy machine is slow to answer."""
    for _ in range(20):
        try:
            return writes.batch_write(puts, removals)
        except UnavailableError:
            continue
    raise UnavailableError


def build(partition: str) -> None:
    """Begin the page index of a partition, if it is large, and build it to the end."""
    rebuild.rebuild(partition)
    key = page_index_keys.root(partition)
    while (item := reads.get(key)) is not None and item["state"] != "READY":
        building.build(item)


class Model:
    """A plain list of associations, sorted in both orders."""

    def __init__(self, crowd: list[Identity]) -> None:
        self.crowd = crowd
        shown = [{"entityId": None} | association.members() for association in crowd]
        self._sorted = {
            order: sorted(
                shown, key=lambda given: tuple(primary_keys.part(given[name]) for name in order)
            )
            for order in (_APPLICATION_FIRST, _ENTITY_FIRST, _RESOURCE_FIRST)
        }

    def expected(self, filters: dict[str, Any]) -> list[dict[str, Any]]:
        """Return what a list with these filters holds, in its order."""
        return [
            {name: value for name, value in given.items() if value is not None}
            for given in self._sorted[order_of(filters)]
            if all(given[member] == value for member, value in filters.items())
        ]


def order_of(filters: dict[str, Any]) -> tuple[str, ...]:
    """Return by which members a list is ordered."""
    if "applicationId" in filters or not filters:
        return _APPLICATION_FIRST
    of_entity = "entityId" in filters and "resourceId" not in filters
    return _ENTITY_FIRST if of_entity else _RESOURCE_FIRST


def query(filters: dict[str, Any], number: int, size: int) -> AssociationQuery:
    """Return the query of a page."""
    return AssociationQuery.model_validate(filters | {"page": number, "size": size})


def shown(items: Iterable[Item]) -> list[dict[str, Any]]:
    """Return items as a client sees them."""
    return [{member: item[member] for member in MEMBERS if member in item} for item in items]
