"""Finds associations by any combination of filters, from the range of the table that suits it.

Associations are listed three times, in the orders of module ``keys``: by application (their own
items), by entity (entity links) and by resource (resource links). Most combinations are one range
of one of these orders, or a few ranges that differ in type and channel only. Two combinations are
not: they read a collection and filter it, at the cost of the smaller collection with all results:

* an entity with a type, channel or resource, but without an application: the entity's
  associations, or those of the type, channel and resource;
* no entity (``null``): the application's associations, those of the type, channel and resource,
  or all.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

from provisioning.core import identities
from provisioning.core.identities import MEMBERS
from provisioning.core.kinds import VALID_CHANNELS
from provisioning.paging import pages
from provisioning.resources.association_shapes import AssociationQuery
from provisioning.resources.filters import meets
from provisioning.table import keys, reads
from provisioning.table.item_types import AssociationItem
from provisioning.table.items import Item
from provisioning.table.primary_keys import KeyRange


def filters_of(query: AssociationQuery) -> Item:
    """Return the filters of a query by member; None for ``entityId`` means no entity."""
    given = query.model_dump(by_alias=True, exclude_unset=True)
    return {member: given[member] for member in MEMBERS if member in given}


def order(item: AssociationItem) -> str:
    """Return the sort key of lists of associations, except those that filter by resource alone."""
    return keys.association("", *identities.of(item)).sort


def page(account_id: str, query: AssociationQuery) -> pages.Page[AssociationItem]:
    """Return one page of the associations that meet all filters of a query.

    Raises:
        ThrottledError, UnavailableError: The table could not be read.
    """
    filters = filters_of(query)
    if query.application_id is not None:
        return _read(_under_application(account_id, query, query.application_id), query, filters)
    if query.entity_id is not None:
        return _of_entity(account_id, query, query.entity_id, filters)
    by_resource = _by_resource(account_id, query)
    if by_resource is None:
        everything = [keys.associations(account_id)]
        return _read(everything, query, filters)
    return _of_resource(account_id, query, by_resource, filters)


def _read(
    ranges: list[KeyRange[AssociationItem]], query: AssociationQuery, filters: Item
) -> pages.Page[AssociationItem]:
    """Return a page of ranges whose items meet all filters, except for ``entityId=null``."""
    if filters.get("entityId", "any") is None:
        return _filtered(_every(ranges), query, filters)
    return pages.page(ranges, query.page, query.size)


def _of_resource(
    account_id: str,
    query: AssociationQuery,
    by_resource: list[KeyRange],
    filters: Item,
) -> pages.Page[AssociationItem]:
    """Return a page in the order of resources.

    It is read from the resource links, or, while an account has few associations, from the
    associations themselves, as resource links can be behind.
    """

    def while_small() -> list[AssociationItem]:
        found = reads.query_all(keys.associations(account_id))
        return sorted((item for item in found if meets(item, filters)), key=_resource_order)

    if "entityId" not in filters:
        return pages.page(by_resource, query.page, query.size, while_small)
    if by_resource and not pages.is_indexed(by_resource[0].partition):
        return pages.cut(while_small(), query.page, query.size)
    return _filtered(_every(by_resource), query, filters)


def ranges_to_scan(account_id: str, query: AssociationQuery) -> list[KeyRange[AssociationItem]]:
    """Return ranges that contain all associations that meet a query, and maybe others.

    They are never ranges of resource links, which can be behind.
    """
    if query.application_id is not None:
        return _under_application(account_id, query, query.application_id)
    if query.entity_id is not None:
        return [keys.entity_links(account_id, query.entity_id)]
    return [keys.associations(account_id)]


def _under_application(
    account_id: str, query: AssociationQuery, application_id: str
) -> list[KeyRange[AssociationItem]]:
    if query.entity_id is not None:
        entity_id = query.entity_id
        return [
            keys.entity_links(account_id, entity_id, application_id, *prefix)
            for prefix in _prefixes(query)
        ]
    return [keys.associations(account_id, application_id, *prefix) for prefix in _prefixes(query)]


def _of_entity(
    account_id: str, query: AssociationQuery, entity_id: str, filters: Item
) -> pages.Page[AssociationItem]:
    links = [keys.entity_links(account_id, entity_id)]
    by_resource = _by_resource(account_id, query)
    if by_resource is None:
        return pages.page(links, query.page, query.size)
    of_entity = pages.total(links)
    # Resource links can be behind, so they are not used while the entity has few associations.
    if pages.is_short(of_entity) or of_entity <= pages.total(by_resource):
        return _filtered(_every(links), query, filters)
    found = (item for item in _every(by_resource) if meets(item, filters))
    return pages.cut(sorted(found, key=order), query.page, query.size)


def _prefixes(query: AssociationQuery) -> list[tuple[str, ...]]:
    """Return the types, channels and resources that sort keys may start with; () means any."""
    if query.resource_id is None and query.channel is None:
        return [()] if query.resource_type is None else [(query.resource_type,)]
    pairs = sorted(
        (resource_type, channel)
        for resource_type, channels in VALID_CHANNELS.items()
        for channel in channels
        if query.resource_type in {None, resource_type} and query.channel in {None, channel}
    )
    if query.resource_id is None:
        return list(pairs)
    return [(*pair, query.resource_id) for pair in pairs]


def _by_resource(account_id: str, query: AssociationQuery) -> list[KeyRange] | None:
    """Return the ranges of resource links for a query, or None if it does not filter by resource.

    There is none for a type and channel that do not fit each other.
    """
    prefixes = _prefixes(query)
    if prefixes == [()]:
        return None
    return [keys.resource_links(account_id, *prefix) for prefix in prefixes]


def _every(ranges: list[KeyRange[AssociationItem]]) -> Iterator[AssociationItem]:
    return chain.from_iterable(reads.query_all(key_range) for key_range in ranges)


def _filtered(
    items: Iterable[AssociationItem], query: AssociationQuery, filters: Item
) -> pages.Page[AssociationItem]:
    return pages.cut(items, query.page, query.size, lambda item: meets(item, filters))


def _resource_order(item: AssociationItem) -> str:
    """Return the sort key of lists that filter by resource alone."""
    return keys.resource_link("", *identities.of(item)).sort
