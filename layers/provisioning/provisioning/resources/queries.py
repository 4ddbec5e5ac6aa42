"""From which range of the table each combination of filters on associations is answered.

Associations stand three times, in the orders that ``keys`` lists: by application (their own
items), by entity and by resource. Most combinations of filters are one range of one of these
orders, or a few ranges that differ in type and channel only. Two are not, and are read through and
filtered, at the cost of the smaller collection that holds all they ask for:

* an entity with a type, channel or resource, but without an application: the entity's
  associations, or those of the type, channel and resource;
* no entity (``null``): the application's associations, those of the type, channel and resource,
  or all.
"""

from collections.abc import Iterable, Iterator
from itertools import chain

from provisioning.core import identities
from provisioning.core.identities import MEMBERS
from provisioning.core.kinds import VALID_CHANNELS, Kind
from provisioning.paging import page_index, pages
from provisioning.resources import associations
from provisioning.resources.association_shapes import AssociationQuery
from provisioning.table import dynamodb, keys
from provisioning.table.dynamodb import Item
from provisioning.table.keys import KeyRange


def filters_of(query: AssociationQuery) -> Item:
    """Return what a query asks of the members that identify an association; None is no entity."""
    given = query.model_dump(by_alias=True, exclude_unset=True)
    return {member: given[member] for member in MEMBERS if member in given}


def meets(item: Item, filters: Item) -> bool:
    """Tell whether an item's association has what filters ask for."""
    return all(item.get(member) == value for member, value in filters.items())


def order(item: Item) -> str:
    """Return what lists of associations are ordered by, but for those that name resources alone."""
    return keys.association("", *identities.of(item)).sort


def page(account_id: str, query: AssociationQuery) -> pages.Page:
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


def _read(ranges: list[KeyRange], query: AssociationQuery, filters: Item) -> pages.Page:
    """Return a page of ranges that hold what filters ask for, and but for ``null`` only that."""
    if filters.get("entityId", "any") is None:
        return _filtered(_every(ranges), query, filters)
    return pages.read(ranges, query.page, query.size)


def _of_resource(
    account_id: str, query: AssociationQuery, by_resource: list[KeyRange], filters: Item
) -> pages.Page:
    """Return a page in the order of resources: from the copies, or while an account has few
    associations from those themselves, as copies lag.
    """

    def while_few() -> list[Item]:
        items = dynamodb.query_all(keys.associations(account_id))
        return sorted((item for item in items if meets(item, filters)), key=_resource_order)

    if "entityId" not in filters:
        return pages.read(by_resource, query.page, query.size, while_few)
    if by_resource and page_index.read(by_resource[0].partition) is None:
        return pages.cut(while_few(), query.page, query.size)
    return _filtered(_every(by_resource), query, filters)


def swept(account_id: str, query: AssociationQuery) -> list[KeyRange]:
    """Return where all associations stand that meet a query, among others, in their own order:
    never the copies by resource, which lag.
    """
    if query.application_id is not None:
        return _under_application(account_id, query, query.application_id)
    if query.entity_id is not None:
        return [keys.entity_links(account_id, query.entity_id)]
    return [keys.associations(account_id)]


def linked_counts(account_id: str, kind: Kind, identifiers: Iterable[str]) -> list[int]:
    """Return how many associations each of some applications or entities has.

    Raises:
        ThrottledError, UnavailableError: The table could not be read.
    """
    return pages.totals(
        [associations.linked_to(account_id, kind, identifier) for identifier in identifiers]
    )


def _under_application(
    account_id: str, query: AssociationQuery, application_id: str
) -> list[KeyRange]:
    if query.entity_id is not None:
        entity_id = query.entity_id
        return [
            keys.entity_links(account_id, entity_id, application_id, *prefix)
            for prefix in _prefixes(query)
        ]
    return [keys.associations(account_id, application_id, *prefix) for prefix in _prefixes(query)]


def _of_entity(
    account_id: str, query: AssociationQuery, entity_id: str, filters: Item
) -> pages.Page:
    links = [keys.entity_links(account_id, entity_id)]
    by_resource = _by_resource(account_id, query)
    if by_resource is None:
        return pages.read(links, query.page, query.size)
    of_entity = pages.total(links)
    # The copies by resource lag, so they are not asked where the entity's own links are few.
    if of_entity <= page_index.sizes.short or of_entity <= pages.total(by_resource):
        return _filtered(_every(links), query, filters)
    found = (item for item in _every(by_resource) if meets(item, filters))
    return pages.cut(sorted(found, key=order), query.page, query.size)


def _prefixes(query: AssociationQuery) -> list[tuple[str, ...]]:
    """Return what sort keys may have for type, channel and resource, in order; () is anything."""
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
    """Return where the copies by resource stand that a query asks for, or None if it asks for any.

    For a type and channel that do not fit each other, that is nowhere.
    """
    prefixes = _prefixes(query)
    if prefixes == [()]:
        return None
    return [keys.resource_links(account_id, *prefix) for prefix in prefixes]


def _every(ranges: list[KeyRange]) -> Iterator[Item]:
    return chain.from_iterable(dynamodb.query_all(key_range) for key_range in ranges)


def _filtered(items: Iterable[Item], query: AssociationQuery, filters: Item) -> pages.Page:
    return pages.cut(items, query.page, query.size, lambda item: meets(item, filters))


def _resource_order(item: Item) -> str:
    """Return what associations are ordered by in a list that only names resources."""
    return keys.by_resource("", *identities.of(item)).sort
