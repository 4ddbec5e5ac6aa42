"""The routes of an account's limits and of its summary."""

from provisioning.accounts import limits, quotas, rate_limits
from provisioning.accounts.limit_shapes import Limits
from provisioning.accounts.principals import READ, Principal
from provisioning.core import config
from provisioning.core.kinds import APPLICATION, ENTITY
from provisioning.http.routes import Reply, Request, Route
from provisioning.paging import pages
from provisioning.resources import parents, restricted_lists
from provisioning.resources import summary as account_summary
from provisioning.resources.summary_shapes import Summary


def get(request: Request) -> Reply:
    """Returns the limits of requests, applications, entities and associations, and their use.

    For a restricted API key, only visible things are counted.
    """
    principal = request.principal
    allowed = limits.allowed(principal.limits)
    summary = {
        collection: _without_none(
            used=_used(principal, collection), allowed=allowed.get(collection) or None
        )
        for collection in quotas.COLLECTIONS
    }
    undo_days = config.undo_days()
    return Reply({"requests": rate_limits.summary(principal), **summary, "undoDays": undo_days})


GET = Route(
    "GET", "/provisioning/1/limits", get, 200, "Get limits", READ, answer=Limits, bound=True
)


def _without_none(**members: int | None) -> dict[str, int]:
    return {name: value for name, value in members.items() if value is not None}


def _used(principal: Principal, collection: str) -> int | None:
    """Return how many items of a collection the API key may see; None if that costs too much."""
    account_id, binding = principal.account_id, principal.binding
    if binding.is_open:
        return pages.total([quotas.items_of(account_id, collection)])
    if collection == quotas.ASSOCIATIONS:
        return restricted_lists.count(principal)
    kind = APPLICATION if collection == APPLICATION.collection else ENTITY
    return parents.list_named(principal, kind, 0, 1).total


def get_summary(request: Request) -> Reply:
    """Returns the number of applications, entities and associations, and the largest of each.

    It costs at most 20 read units; the counts of a large account are estimates. A restricted API
    key gets 403.
    """
    return Reply(account_summary.of(request.principal.account_id))


GET_SUMMARY = Route(
    "GET", "/provisioning/1/summary", get_summary, 200, "Get a summary", READ, answer=Summary
)
