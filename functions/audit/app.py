"""Audit: who changed what and when, with the state before and after."""

from provisioning.http.handler import build
from provisioning.http.routes import Reply, Request, Route
from provisioning.projections import audit_search
from provisioning.projections.audit_shapes import AuditPage, AuditQuery


def list_page(request: Request) -> Reply:
    """Returns changes, newest first: of one object, by one actor, within a period, or all.

    A change must meet all filters. The history of an association is the history of its resource, so
    filter by resource type, channel and resource id. A change appears here within a second or two.
    Changes of API keys are only shown to keys with the scope ``account-management:manage``. A
    restricted API key sees ``other-key`` as the actor of what another key changed.
    """
    principal, audit_filter = request.principal, request.query.filter()
    found, following = audit_search.page(principal, audit_filter)
    paging = {"size": audit_filter.size} | ({"next": following} if following else {})
    return Reply(
        {
            "results": [audit_search.shown(item, principal) for item in found],
            "paging": paging,
        }
    )


routes = [
    Route(
        "GET",
        "/provisioning/1/audit",
        list_page,
        200,
        "List changes",
        query=AuditQuery,
        answer=AuditPage,
        bound=True,
        rebinds=True,
    )
]
handler = build(routes)
