"""From which ranges of the table each combination of filters on associations is answered.

An association is listed in three orders, by items that are written with it (see ``keys``):

=============  ==============================================
by application  application, type, channel, resource, entity
by entity       entity (or none), type, channel, application, resource
by resource     type, channel, resource, entity, application
=============  ==============================================

Every combination is one range of one of these orders, or one for each pair of type and channel that
fits the filters: at most nine.
"""

from provisioning.core.identities import MEMBERS
from provisioning.core.kinds import VALID_CHANNELS
from provisioning.paging import pages
from provisioning.resources.association_shapes import AssociationQuery
from provisioning.table import keys
from provisioning.table.dynamodb import Item
from provisioning.table.keys import KeyRange


def filters_of(query: AssociationQuery) -> Item:
    """Return what a query asks of the members that identify an association; None is no entity."""
    given = query.model_dump(by_alias=True, exclude_unset=True)
    return {member: given[member] for member in MEMBERS if member in given}


def page(account_id: str, query: AssociationQuery) -> pages.Page:
    """Return one page of the associations that meet all filters of a query.

    Raises:
        ThrottledError, UnavailableError: The table could not be read.
    """
    return pages.read(ranges(account_id, filters_of(query)), query.page, query.size)


def ranges(account_id: str, filters: Item) -> list[KeyRange]:
    """Return where exactly the associations stand that meet filters, in the order of their list.

    Args:
        account_id: The account.
        filters: The members that they have; an ``entityId`` of None is no entity.

    Returns:
        Ranges of one partition; none if no association can meet the filters.
    """
    application_id, resource_id = filters.get("applicationId"), filters.get("resourceId")
    of_resource = () if resource_id is None else (resource_id,)
    if "entityId" in filters:
        entity_id = filters["entityId"]
        if application_id is not None:
            return [
                keys.entity_links(account_id, entity_id, *pair, application_id, *of_resource)
                for pair in _pairs(filters)
            ]
        if resource_id is not None:
            return [
                keys.resource_links(account_id, *pair, resource_id, entity_id)
                for pair in _pairs(filters)
            ]
        return [keys.entity_links(account_id, entity_id, *prefix) for prefix in _prefixes(filters)]
    if application_id is not None:
        return [
            keys.associations(account_id, application_id, *prefix, *of_resource)
            for prefix in _prefixes(filters)
        ]
    if filters:
        return [
            keys.resource_links(account_id, *prefix, *of_resource) for prefix in _prefixes(filters)
        ]
    return [keys.associations(account_id)]


def _prefixes(filters: Item) -> list[tuple[str, ...]]:
    """Return what sort keys have for type and channel, in order; () is anything."""
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
