"""Limits: what the account may use, and what it uses."""

from provisioning import limits, quotas
from provisioning.accounts import READ
from provisioning.api import Reply, Request, Route, build
from provisioning.limit_shapes import Limits


def get(request: Request) -> Reply:
    """Answer with what is allowed and what is used: requests, applications, entities, links.

    A key that is bound to a part of the account is told how much it sees of each.
    """
    principal = request.principal
    allowed = limits.allowed(principal)
    told = {
        collection: {"used": quotas.used(principal, collection)}
        | ({"allowed": allowed[collection]} if allowed.get(collection) else {})
        for collection in quotas.COLLECTIONS
    }
    return Reply({"requests": limits.told(principal), **told})


routes = [
    Route("GET", "/provisioning/1/limits", get, 200, "Get limits", READ, answer=Limits, bound=True)
]
handler = build(routes)
