"""Finds associations by any combination of filters.

An association is listed in three orders, by items that are written with it (module ``keys``):

==============  ====================================================
by application  application, type, channel, resource, entity
by entity       entity (or none), type, channel, application, resource
by resource     type, channel, resource, entity, application
==============  ====================================================

Every combination of filters is one key range of one of these orders, or one range for each pair of
type and channel that the filters allow: at most nine.
"""

from provisioning.core.identities import MEMBERS
from provisioning.core.kinds import VALID_CHANNELS, Kind
from provisioning.paging import pages
from provisioning.resources import association_items
from provisioning.resources.association_shapes import AssociationQuery
from provisioning.table import keys
from provisioning.table.item_types import AssociationItem
from provisioning.table.items import Item
from provisioning.table.primary_keys import KeyRange


def filters_of(query: AssociationQuery) -> Item:
    """Return the filters of a query by member; an ``entityId`` of None means no entity."""
    given = query.model_dump(by_alias=True, exclude_unset=True)
    return {member: given[member] for member in MEMBERS if member in given}


def page(account_id: str, query: AssociationQuery) -> pages.Page[AssociationItem]:
    """Return one page of the associations that meet all filters of a query."""
    return pages.page(ranges(account_id, filters_of(query)), query.page, query.size)


def linked_counts(account_id: str, kind: Kind, identifiers: list[str]) -> list[int]:
    """Return the number of associations of each of some applications or entities."""
    wanted = [association_items.linked_to(account_id, kind, each) for each in identifiers]
    in_order = sorted(wanted, key=lambda key_range: key_range.first or "")
    counted = dict(zip(in_order, pages.counts(in_order) if in_order else [], strict=True))
    return [counted[key_range] for key_range in wanted]


def ranges(account_id: str, filters: Item) -> list[KeyRange[AssociationItem]]:
    """Return the key ranges of exactly the associations that meet filters, in their list's order.

    Returns:
        Ranges of one partition; none if no association can meet the filters.
    """
    resource = [filters["resourceId"]] if "resourceId" in filters else []
    if "entityId" in filters:
        return _of_entity(account_id, filters, resource)
    if "applicationId" in filters:
        application_id = filters["applicationId"]
        return [
            keys.associations(account_id, application_id, *prefix, *resource)
            for prefix in _prefixes(filters)
        ]
    if not filters:
        return [keys.associations(account_id)]
    return [keys.resource_links(account_id, *prefix, *resource) for prefix in _prefixes(filters)]


def _of_entity(
    account_id: str, filters: Item, resource: list[str]
) -> list[KeyRange[AssociationItem]]:
    entity_id = filters["entityId"]
    if "applicationId" in filters:
        application_id = filters["applicationId"]
        return [
            keys.entity_links(account_id, entity_id, *pair, application_id, *resource)
            for pair in _pairs(filters)
        ]
    if resource:
        return [
            keys.resource_links(account_id, *pair, *resource, entity_id) for pair in _pairs(filters)
        ]
    return [keys.entity_links(account_id, entity_id, *prefix) for prefix in _prefixes(filters)]


def _prefixes(filters: Item) -> list[tuple[str, ...]]:
    """Return the types and channels that sort keys may have, in order; () means any."""
    if "resourceId" in filters or "channel" in filters:
        return list(_pairs(filters))
    return [(filters["resourceType"],)] if "resourceType" in filters else [()]


def _pairs(filters: Item) -> list[tuple[str, str]]:
    """Return the pairs of type and channel that filters allow, in order."""
    return sorted(
        (resource_type, channel)
        for resource_type, channels in VALID_CHANNELS.items()
        for channel in channels
        if filters.get("resourceType", resource_type) == resource_type
        and filters.get("channel", channel) == channel
    )
