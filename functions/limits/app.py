"""Limits: what the account may use, and what it uses."""

from provisioning.accounts import quotas, rate_limits
from provisioning.accounts.authentication import READ, Principal
from provisioning.accounts.limit_shapes import Limits
from provisioning.core.kinds import APPLICATION, ENTITY
from provisioning.http.api import Reply, Request, Route, build
from provisioning.paging import pages
from provisioning.resources import parents, restricted_lists


def get(request: Request) -> Reply:
    """Answer with what is allowed and what is used: requests, applications, entities, links.

    A key that is bound to a part of the account is told how much it sees of each.
    """
    principal = request.principal
    allowed = rate_limits.allowed(principal.limits)
    told = {
        collection: _without_none(
            used=_used(principal, collection), allowed=allowed.get(collection) or None
        )
        for collection in quotas.COLLECTIONS
    }
    return Reply({"requests": rate_limits.told(principal), **told})


def _without_none(**members: int | None) -> dict[str, int]:
    return {name: value for name, value in members.items() if value is not None}


def _used(principal: Principal, collection: str) -> int | None:
    """Return how many there are of what a key can see: all, or what it is bound to.

    None where that is too dear to tell.
    """
    account_id, binding = principal.account_id, principal.binding
    if binding.is_open:
        return pages.total([quotas.standing(account_id, collection)])
    if collection == quotas.ASSOCIATIONS:
        return restricted_lists.count(account_id, binding)
    kind = APPLICATION if collection == APPLICATION.collection else ENTITY
    return parents.list_named(account_id, kind, binding.named(kind), 0, 1).total


routes = [
    Route("GET", "/provisioning/1/limits", get, 200, "Get limits", READ, answer=Limits, bound=True)
]
handler = build(routes)
