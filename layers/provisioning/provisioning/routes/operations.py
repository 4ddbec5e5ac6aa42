"""The routes of operations."""

from collections.abc import Callable, Mapping
from typing import Any

from provisioning.accounts.principals import READ
from provisioning.accounts.restrictions import Binding
from provisioning.core.errors import ConflictError
from provisioning.core.kinds import APPLICATION
from provisioning.http.routes import LIST_AGE, Reply, Request, Route
from provisioning.operations import control, journal, lookup, summary
from provisioning.operations.journal_entry import OUTCOMES, UNLINKED, JournalEntry
from provisioning.operations.operation_shapes import (
    Operation,
    OperationPage,
    OutcomePage,
    OutcomeQuery,
)
from provisioning.operations.undo import require_room
from provisioning.operations.undo import undo as undo_operation
from provisioning.shapes.fields import PageQuery
from provisioning.table.items import Item
from provisioning.table.operation_types import Operation as OperationItem

PATH = "/provisioning/1/operations"
ONE = f"{PATH}/{{operationId}}"


def list_page(request: Request) -> Reply:
    """Returns a page of operations, newest first; a page past the end is empty."""
    principal, query = request.principal, request.query
    page = lookup.list_page(principal.account_id, query.page, query.size, principal.binding)
    results = [_shown_operation(request, item) for item in page.items]
    return Reply({"results": results, "paging": page.paging()}, page.headers())


_ACTIONS = ("resume", "undoableUntil")
"""Members that name what can be done with an operation."""

LIST = Route(
    "GET",
    PATH,
    list_page,
    200,
    "List operations",
    READ,
    query=PageQuery,
    answer=OperationPage,
    headers=LIST_AGE,
    bound=True,
)


def get(request: Request) -> Reply:
    """Returns the present state of an operation."""
    return Reply(_shown_operation(request, _found(request)))


GET = Route("GET", ONE, get, 200, "Get an operation", READ, answer=Operation, bound=True)


def list_links(request: Request) -> Reply:
    """Returns the outcome for each association that the operation has moved or could not move.

    The list is available for as long as the operation can be undone.
    """
    query = request.query
    shard_ids = lookup.shard_ids(_found(request))
    outcomes = {query.outcome} if query.outcome else set(OUTCOMES)
    found, following = journal.page(
        request.principal.account_id, shard_ids, outcomes, query.size, query.cursor or ""
    )
    results = [_shown(entry, request.principal.binding) for entry in found]
    paging = {"size": query.size} | ({"next": following} if following else {})
    return Reply({"results": results, "paging": paging})


def _shown(entry: JournalEntry, binding: Binding) -> Item:
    sides = {"before": entry.before}
    if entry.outcome != UNLINKED and _covers(binding, entry.after):
        sides["after"] = entry.after
    return {"outcome": entry.outcome, **sides}


LIST_LINKS = Route(
    "GET",
    f"{ONE}/links",
    list_links,
    200,
    "List the links of an operation",
    READ,
    query=OutcomeQuery,
    answer=OutcomePage,
    bound=True,
)


def resume(request: Request) -> Reply:
    """Continues an operation that has failed or makes no progress. Harmless for a running one."""
    principal, operation_id = request.principal, request.path["operationId"]
    control.resume(principal.account_id, operation_id, request.origin, principal.binding)
    return _location(request, operation_id)


def cancel(request: Request) -> Reply:
    """Stops a reassignment within a few seconds. Its moves can be undone."""
    principal, operation_id = request.principal, request.path["operationId"]
    control.cancel(principal.account_id, operation_id, request.origin, principal.binding)
    return _location(request, operation_id)


def undo(request: Request) -> Reply:
    """Undoes an operation that has ended: restores deleted objects, and moves associations back.

    An association is moved back if it is still as the operation left it, and if the application and
    entity to which it goes back exist. This starts another operation, whose links show the outcome
    for each association.
    """
    principal, operation_id = request.principal, request.path["operationId"]
    operation = _found(request)
    lookup.require_changeable(operation, request.origin, principal.binding)
    require_room(principal, operation)
    undo_id = undo_operation(principal.account_id, operation_id, request.origin, principal.binding)
    return _location(request, undo_id)


def _action(name: str, run: Callable[[Request], Reply]) -> Route:
    return Route(
        "POST",
        f"{ONE}/{name}",
        run,
        202,
        f"{name.capitalize()} an operation",
        headers={"Operation-Location": "The URL of the operation"},
        errors=(ConflictError,),
        bound=True,
    )


RESUME, CANCEL, UNDO = _action("resume", resume), _action("cancel", cancel), _action("undo", undo)


def _found(request: Request) -> OperationItem:
    principal = request.principal
    return lookup.get(principal.account_id, request.path["operationId"], principal.binding)


def _shown_operation(request: Request, operation: OperationItem) -> Item:
    """Return an operation without the actions that the API key may not take."""
    shown = summary.of(operation)
    if lookup.may_change(operation, request.origin, request.principal.binding):
        return shown
    return {name: value for name, value in shown.items() if name not in _ACTIONS}


def _covers(binding: Binding, after: Mapping[str, Any]) -> bool:
    """Return whether an API key may see where an association went; all may see a reset."""
    application_id = after["applicationId"]
    return application_id in APPLICATION.built_in or binding.covers(
        application_id, after.get("entityId")
    )


def _location(request: Request, operation_id: str) -> Reply:
    return Reply(headers={"Operation-Location": request.url(f"operations/{operation_id}")})
