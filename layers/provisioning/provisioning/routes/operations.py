"""The routes of operations."""

from collections.abc import Callable, Mapping
from typing import Any

from provisioning.accounts.principals import READ
from provisioning.accounts.restrictions import Binding
from provisioning.core.errors import ConflictError
from provisioning.core.kinds import APPLICATION, DEFAULT_APPLICATION
from provisioning.http.routes import LIST_AGE, Reply, Request, Route
from provisioning.operations import control, journal, lookup, summary
from provisioning.operations.journal_entry import (
    MERGED,
    MOVED,
    OUTCOMES,
    UNLINKED,
    JournalEntry,
)
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


_ACTIONS = {"resume", "undoableUntil"}
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
    rebinds=True,
)


def get(request: Request) -> Reply:
    """Returns the present state of an operation."""
    return Reply(_shown_operation(request, _found(request)))


GET = Route(
    "GET", ONE, get, 200, "Get an operation", READ, answer=Operation, bound=True, rebinds=True
)


def list_links(request: Request) -> Reply:
    """Returns the outcome for each association that the operation has moved or could not move.

    The list is available for as long as the operation can be undone.
    """
    query, binding = request.query, request.principal.binding
    shard_ids = lookup.shard_ids(_found(request))
    wanted = {query.outcome} if query.outcome else set(OUTCOMES)
    outcomes = {one for one in OUTCOMES if _shown_outcome(one, binding) in wanted}
    found, following = journal.page(
        request.principal.account_id, shard_ids, outcomes, query.size, query.cursor or ""
    )
    results = [_shown(entry, binding) for entry in found]
    paging = {"size": query.size} | ({"next": following} if following else {})
    return Reply({"results": results, "paging": paging})


def _shown(entry: JournalEntry, binding: Binding) -> Item:
    """Return the outcome for an association, without the sides that an API key may not see."""
    sides = {"before": entry.before}
    if entry.outcome != UNLINKED:
        sides["after"] = entry.after
    seen = {name: side for name, side in sides.items() if _may_see(binding, side)}
    return {"outcome": _shown_outcome(entry.outcome, binding), **seen}


def _shown_outcome(outcome: str, binding: Binding) -> str:
    """Return an outcome as an API key may know it.

    A merge would reveal to a restricted one that there is an association which it may not see.
    """
    return MOVED if outcome == MERGED and not binding.is_open else outcome


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
    rebinds=True,
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
        rebinds=True,
    )


RESUME, CANCEL, UNDO = _action("resume", resume), _action("cancel", cancel), _action("undo", undo)


def _found(request: Request) -> OperationItem:
    principal = request.principal
    return lookup.get(principal.account_id, request.path["operationId"], principal.binding)


def _shown_operation(request: Request, operation: OperationItem) -> Item:
    """Return an operation without what the API key may not do or know."""
    shown, binding = summary.of(operation), request.principal.binding
    hidden: set[str] = set()
    if not lookup.may_change(operation, request.origin, binding):
        hidden |= _ACTIONS
    if not binding.is_open:
        hidden.add("merged")
        if "target" in shown and not _may_see(binding, shown["target"]):
            hidden.add("target")
    return {name: value for name, value in shown.items() if name not in hidden}


def _may_see(binding: Binding, side: Mapping[str, Any]) -> bool:
    """Return whether an API key may see where an association was or went; all may see a reset."""
    application_id, entity_id = side.get("applicationId"), side.get("entityId")
    if entity_id is None and application_id in APPLICATION.built_in:
        return True
    return binding.covers(application_id or DEFAULT_APPLICATION, entity_id)


def _location(request: Request, operation_id: str) -> Reply:
    return Reply(headers={"Operation-Location": request.url(f"operations/{operation_id}")})
