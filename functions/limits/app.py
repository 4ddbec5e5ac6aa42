"""Limits: what the account may use, and what it uses."""

from provisioning import bound_lists, limits, pages, parents, quotas
from provisioning.accounts import READ, Principal
from provisioning.api import Reply, Request, Route, build
from provisioning.association_shapes import AssociationQuery
from provisioning.kinds import APPLICATION, ENTITY
from provisioning.limit_shapes import Limits


def get(request: Request) -> Reply:
    """Answer with what is allowed and what is used: requests, applications, entities, links.

    A key that is bound to a part of the account is told how much it sees of each.
    """
    principal = request.principal
    allowed = limits.allowed(principal.limits)
    told = {
        collection: {"used": _used(principal, collection)}
        | ({"allowed": allowed[collection]} if allowed.get(collection) else {})
        for collection in quotas.COLLECTIONS
    }
    return Reply({"requests": limits.told(principal), **told})


def _used(principal: Principal, collection: str) -> int:
    """Return how many there are of what a key can see: all, or what it is bound to."""
    account_id, binding = principal.account_id, principal.binding
    if binding.is_open:
        return pages.total([quotas.standing(account_id, collection)])
    if collection == quotas.ASSOCIATIONS:
        return bound_lists.list_page(account_id, AssociationQuery(size=1), binding).total
    kind = APPLICATION if collection == APPLICATION.collection else ENTITY
    return parents.list_named(account_id, kind, binding.named(kind), 0, 1).total


routes = [
    Route("GET", "/provisioning/1/limits", get, 200, "Get limits", READ, answer=Limits, bound=True)
]
handler = build(routes)
