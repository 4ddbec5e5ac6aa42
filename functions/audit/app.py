"""Audit: who changed what, when, and what it was before and after."""

from provisioning.accounts.principals import KEYS
from provisioning.http.handler import build
from provisioning.http.routes import Reply, Request, Route
from provisioning.projections import audit_search
from provisioning.projections.audit_shapes import AuditPage, AuditQuery


def list_page(request: Request) -> Reply:
    """Answer with changes, newest first: of one object, by one actor, within a time, or all.

    Filters narrow each other; no change is of two objects. The history of an association is that of
    its resource: name its type, channel and id. A change is seen here as soon as the table's stream
    has told of it, mostly within a second or two. What was done to keys is seen by keys with the
    scope ``account-management:manage``.
    """
    principal, wanted = request.principal, request.query.filter()
    found, following = audit_search.page(
        principal.account_id, wanted, principal.binding, with_api_keys=principal.may(KEYS)
    )
    paging = {"size": wanted.size} | ({"next": following} if following else {})
    return Reply({"results": [audit_search.shown(item) for item in found], "paging": paging})


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
    )
]
handler = build(routes)
