"""Audit: who changed what, when, and what it was before and after."""

from provisioning.accounts.authentication import KEYS
from provisioning.http.api import Reply, Request, Route, build
from provisioning.projections import audit
from provisioning.projections.audit_shapes import AuditPage, AuditQuery


def list_page(request: Request) -> Reply:
    """Answer with changes, newest first: of one object, by one actor, within a time, or all.

    Filters narrow each other; no change is of two objects. The history of an association is that of
    its resource: name its type, channel and id. A change is seen here as soon as the table's stream
    has told of it, mostly within a second or two. What was done to keys is seen by keys with the
    scope ``account-management:manage``.
    """
    principal, sought = request.principal, request.query.sought()
    found, following = audit.page(
        principal.account_id, sought, principal.binding, keys_too=principal.may(KEYS)
    )
    paging = {"size": sought.size} | ({"next": following} if following else {})
    return Reply({"results": [audit.shown(item) for item in found], "paging": paging})


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
