"""The routes of resources: who owns them, and whose an inbound message is."""

from provisioning.accounts.principals import READ, Principal
from provisioning.core import clock
from provisioning.core.errors import NotFoundError
from provisioning.core.kinds import VALID_CHANNELS, Channel
from provisioning.http.routes import LIST_AGE, Reply, Request, Route
from provisioning.resources import association_items
from provisioning.senders import inbound, ownership, resource_lists
from provisioning.senders.ownership import Ownership
from provisioning.senders.resource_shapes import (
    InboundMessage,
    InboundOwners,
    OwnedResource,
    OwnershipQuery,
    ResourcePage,
    ResourceQuery,
)
from provisioning.table.items import Attributes

PATH = "/provisioning/1/resources"


def list_page(request: Request) -> Reply:
    """Returns a page of resources with their owners: one result for each association.

    With ``unassigned``, only the resources that belong to the application ``default`` without
    entity, and to nobody else on that channel. A restricted API key sees the associations that its
    binding covers.
    """
    principal = request.principal
    page = resource_lists.list_page(principal, request.query)
    results = [association_items.shown(item) for item in page.items]
    return Reply({"results": results, "paging": page.paging()}, page.headers())


LIST = Route(
    "GET",
    PATH,
    list_page,
    200,
    "List resources",
    READ,
    query=ResourceQuery,
    answer=ResourcePage,
    headers=LIST_AGE,
    bound=True,
)


def get(request: Request) -> Reply:
    """Returns the owners of a resource on every channel, since when, by whom, and earlier ones.

    With ``at``, those of that moment, as the audit has them. A number is found in any usual
    spelling. A restricted API key sees the owners that its binding covers.
    """
    principal, resource_type = request.principal, request.path["resourceType"]
    if resource_type not in VALID_CHANNELS:
        raise NotFoundError
    moment = clock.text(request.query.at) if request.query.at else None
    found = ownership.of_resource(principal, resource_type, request.path["resourceId"], moment)
    if found is None:
        raise NotFoundError
    channels = [
        _on_channel(principal, name, periods, moment) for name, periods in found.channels.items()
    ]
    shown: Attributes = {
        "resourceType": resource_type,
        "resourceId": found.resource_id,
        "channels": channels,
    }
    if found.other_spellings:
        shown["otherSpellings"] = found.other_spellings
    return Reply(shown)


GET = Route(
    "GET",
    f"{PATH}/{{resourceType}}/{{resourceId}}",
    get,
    200,
    "Get a resource",
    READ,
    query=OwnershipQuery,
    answer=OwnedResource,
    bound=True,
    rebinds=True,
)


def resolve_inbound(request: Request) -> Reply:
    """Returns the application and entity that an inbound message belongs to.

    A resource can have several owners, and a resource that is not linked has none. A number is
    found in any usual spelling. If resources of two types have the same id, `resourceType` says
    which one is meant. A restricted API key sees the owners that its binding covers.
    """
    principal, body = request.principal, request.body
    found = inbound.owners(principal, body.channel, body.resource_id, body.resource_type)
    if found is None:
        return Reply({"resourceType": None, "resourceId": body.resource_id, "owners": []})
    return Reply(
        {
            "resourceType": found.resource_type,
            "resourceId": found.resource_id,
            "owners": [_owner(one.application_id, one.entity_id) for one in found.associations],
        }
    )


RESOLVE_INBOUND = Route(
    "POST",
    "/provisioning/1/inbound/resolve",
    resolve_inbound,
    200,
    "Resolve an inbound message",
    READ,
    body=InboundMessage,
    answer=InboundOwners,
    bound=True,
)


def _on_channel(
    principal: Principal, channel: Channel, periods: list[Ownership], moment: str | None
) -> Attributes:
    """Return the periods of a resource on a channel as a client sees them at a moment, or now."""
    owners = [period for period in periods if period.is_in_force(moment)]
    return {
        "channel": channel,
        "owners": [
            _period(principal, period)
            for period in sorted(owners, key=lambda period: ownership.order(period.association))
        ],
        "earlierOwners": [
            _ended_period(principal, period) for period in periods if period.is_over(moment)
        ],
    }


def _ended_period(principal: Principal, period: Ownership) -> Attributes:
    ended_by = period.ended_by and principal.seen(period.ended_by)
    return _period(principal, period) | {"until": period.until, "endedBy": ended_by}


def _period(principal: Principal, period: Ownership) -> Attributes:
    known = {"since": period.since, "by": period.by and principal.seen(period.by)}
    owner = _owner(period.association.application_id, period.association.entity_id)
    return owner | {name: value for name, value in known.items() if value is not None}


def _owner(application_id: str, entity_id: str | None) -> Attributes:
    return {"applicationId": application_id} | ({"entityId": entity_id} if entity_id else {})
