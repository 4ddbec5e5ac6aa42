"""The routes of sending strategies, compatible with the published Sending Strategy API."""

from provisioning.accounts.principals import SENDING
from provisioning.accounts.restrictions import Binding
from provisioning.core.errors import ForbiddenError
from provisioning.core.ids import new_id
from provisioning.http.routes import Reply, Request, Route
from provisioning.paging import pages
from provisioning.resources import strategy_items, strategy_store
from provisioning.resources.sending_strategies import Platform, Strategy
from provisioning.senders.strategy_shapes import (
    NewSendingStrategy,
    SendingStrategyId,
    SendingStrategyPage,
    SendingStrategyQuery,
)

PATH = "/provisioning/2/sending-strategies"


def list_page(request: Request) -> Reply:
    """Returns a page of the strategies that meet all filters; a page past the end is empty.

    A restricted API key sees the strategies all of whose messages its binding covers.
    """
    principal, query = request.principal, request.query
    wanted = [
        strategy.members()
        for strategy in strategy_store.list_own(principal)
        if _meets(strategy, query)
    ]
    start = query.page * query.size
    page = pages.Page(wanted[start : start + query.size], query.page, query.size, len(wanted))
    return Reply({"results": page.items, "paging": page.paging()})


def _meets(strategy: Strategy, query: SendingStrategyQuery) -> bool:
    return (
        query.sending_strategy_id in {None, strategy.strategy_id}
        and query.application_id in {None, strategy.platform.application_id}
        and query.entity_id in {None, strategy.platform.entity_id}
    )


LIST = Route(
    "GET",
    PATH,
    list_page,
    200,
    "List sending strategies",
    SENDING,
    query=SendingStrategyQuery,
    answer=SendingStrategyPage,
    bound=True,
    newer_errors=True,
)


def create(request: Request) -> Reply:
    """Creates a sending strategy: by which rules a sender is chosen for some messages.

    The messages are those of an application, an entity, both or neither, on one or all channels, to
    one or all countries. There is at most one strategy for the same messages. A restricted API key
    creates strategies for applications and entities that it may associate with each other.
    """
    strategy = request.body.strategy(new_id())
    _require_linkable(request.principal.binding, strategy.platform)
    principal = request.principal
    strategy_store.create(principal.account_id, strategy, request.origin, principal)
    return Reply({"sendingStrategyId": strategy.strategy_id})


def _require_linkable(binding: Binding, platform: Platform) -> None:
    """Check that an API key may create strategies for a platform."""
    application_id, entity_id = platform.application_id, platform.entity_id
    is_covered = binding.covers_all(application_id, entity_id)
    names_one = application_id is None or entity_id is None
    if is_covered and (names_one or binding.may_link(application_id or "", entity_id)):
        return
    named = strategy_items.parents_of(platform).values()
    unseen = [kind for kind, identifier in named if not binding.sees(kind, identifier)]
    if not unseen:
        raise ForbiddenError
    raise strategy_store.missing(unseen)


CREATE = Route(
    "POST",
    PATH,
    create,
    201,
    "Create a sending strategy",
    SENDING,
    body=NewSendingStrategy,
    answer=SendingStrategyId,
    bound=True,
    newer_errors=True,
)


def delete(request: Request) -> Reply:
    """Deletes a sending strategy. Its messages are left to the next less specific strategy."""
    strategy_store.delete(request.principal, request.path["sendingStrategyId"], request.origin)
    return Reply()


DELETE = Route(
    "DELETE",
    f"{PATH}/{{sendingStrategyId}}",
    delete,
    204,
    "Delete a sending strategy",
    SENDING,
    bound=True,
    newer_errors=True,
)
