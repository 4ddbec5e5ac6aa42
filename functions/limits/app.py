"""Limits and the summary: what the account may use, and what it has."""

from provisioning.accounts import quotas, rate_limits
from provisioning.accounts.authentication import READ, Principal
from provisioning.accounts.limit_shapes import Limits
from provisioning.core.kinds import APPLICATION, ENTITY
from provisioning.http.api import Reply, Request, Route, build
from provisioning.paging import pages
from provisioning.resources import parents, restricted_lists, summary
from provisioning.resources.association_shapes import AssociationQuery
from provisioning.resources.summary_shapes import Summary


def get(request: Request) -> Reply:
    """Answer with what is allowed and what is used: requests, applications, entities, links.

    A key that is bound to a part of the account is told how much it sees of each.
    """
    principal = request.principal
    allowed = rate_limits.allowed(principal.limits)
    told = {
        collection: {"used": _used(principal, collection)}
        | ({"allowed": allowed[collection]} if allowed.get(collection) else {})
        for collection in quotas.COLLECTIONS
    }
    return Reply({"requests": rate_limits.told(principal), **told})


def _used(principal: Principal, collection: str) -> int:
    """Return how many there are of what a key can see: all, or what it is bound to."""
    account_id, binding = principal.account_id, principal.binding
    if binding.is_open:
        return pages.total([quotas.standing(account_id, collection)])
    if collection == quotas.ASSOCIATIONS:
        return restricted_lists.list_page(account_id, AssociationQuery(size=1), binding).total
    kind = APPLICATION if collection == APPLICATION.collection else ENTITY
    return parents.list_named(account_id, kind, binding.named(kind), 0, 1).total


def get_summary(request: Request) -> Reply:
    """Answer with how many there are of everything, and with the largest applications and entities.

    It costs 20 read units at most, however many links there are; a key that is bound to a part of
    the account gets 403.
    """
    return Reply(summary.of(request.principal.account_id))


routes = [
    Route("GET", "/provisioning/1/limits", get, 200, "Get limits", READ, answer=Limits, bound=True),
    Route(
        "GET", "/provisioning/1/summary", get_summary, 200, "Get a summary", READ, answer=Summary
    ),
]
handler = build(routes)
