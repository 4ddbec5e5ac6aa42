"""The routes of sending strategies, compatible with the published Sending Strategy API."""

from provisioning.accounts.principals import SENDING
from provisioning.core.ids import new_id
from provisioning.http.routes import Reply, Request, Route
from provisioning.paging import pages
from provisioning.resources import strategy_store
from provisioning.resources.sending_strategies import Strategy
from provisioning.senders import strategy_shapes
from provisioning.senders.strategy_shapes import (
    NewSendingStrategy,
    SendingStrategyId,
    SendingStrategyPage,
    SendingStrategyQuery,
)

PATH = "/provisioning/2/sending-strategies"


def list_page(request: Request) -> Reply:
    """Returns a page of the strategies that meet all filters; a page past the end is empty."""
    query = request.query
    wanted = [
        strategy_shapes.members(strategy)
        for strategy in strategy_store.list_all(request.principal.account_id)
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
    newer_errors=True,
)


def create(request: Request) -> Reply:
    """Creates a sending strategy: by which rules a sender is chosen for some messages.

    The messages are those of an application, an entity, both or neither, on one or all channels, to
    one or all countries. There is at most one strategy for the same messages.
    """
    strategy = request.body.strategy(new_id())
    strategy_store.create(request.principal.account_id, strategy, request.origin)
    return Reply({"sendingStrategyId": strategy.strategy_id})


CREATE = Route(
    "POST",
    PATH,
    create,
    201,
    "Create a sending strategy",
    SENDING,
    body=NewSendingStrategy,
    answer=SendingStrategyId,
    newer_errors=True,
)


def delete(request: Request) -> Reply:
    """Deletes a sending strategy. Its messages are left to the next less specific strategy."""
    strategy_store.delete(request.principal.account_id, request.path["sendingStrategyId"])
    return Reply()


DELETE = Route(
    "DELETE",
    f"{PATH}/{{sendingStrategyId}}",
    delete,
    204,
    "Delete a sending strategy",
    SENDING,
    newer_errors=True,
)
