"""Operations: what moves many links, how far it is, and what can be done about it."""

from provisioning.accounts.authentication import READ
from provisioning.core.errors import ConflictError
from provisioning.http.api import Reply, Request, Route, build
from provisioning.operations import deletions, journal, operations
from provisioning.operations.operation_shapes import (
    Operation,
    OperationPage,
    OutcomePage,
    OutcomeQuery,
)
from provisioning.shapes.fields import PageQuery
from provisioning.table import dynamodb, keys
from provisioning.table.dynamodb import Item


def list_page(request: Request) -> Reply:
    """Answer with a page of them, newest first; a page past the end has no results."""
    principal, query = request.principal, request.query
    page = operations.list_page(principal.account_id, query.page, query.size, principal.binding)
    results = [operations.shown(item) for item in page.items]
    return Reply({"results": results, "paging": page.paging()})


def get(request: Request) -> Reply:
    """Answer with an operation as it stands."""
    return Reply(operations.shown(_found(request)))


def list_links(request: Request) -> Reply:
    """Answer with what became of its links: all that it moved, and those that it could not move.

    They can be listed for as long as the operation can be undone.
    """
    query = request.query
    pieces = operations.pieces(_found(request))
    piece_ids = [keys.piece_id(dynamodb.key_of(piece)) for piece in pieces]
    outcomes = {query.outcome} if query.outcome else set(journal.OUTCOMES)
    found, following = journal.page(
        request.principal.account_id, piece_ids, outcomes, query.size, query.cursor or ""
    )
    results = [
        {"outcome": entry.outcome, "before": entry.before, "after": entry.after} for entry in found
    ]
    paging = {"size": query.size} | ({"next": following} if following else {})
    return Reply({"results": results, "paging": paging})


def resume(request: Request) -> Reply:
    """Let one go on that failed or stands still; harmless for one that is under way."""
    principal, operation_id = request.principal, request.path["operationId"]
    operations.resume(principal.account_id, operation_id, principal.binding)
    return _at(request, operation_id)


def cancel(request: Request) -> Reply:
    """Let a reassignment end where it is, within a few seconds; what was moved can be undone."""
    principal, operation_id = request.principal, request.path["operationId"]
    operations.cancel(principal.account_id, operation_id, principal.binding)
    return _at(request, operation_id)


def undo(request: Request) -> Reply:
    """Undo one that has ended: what it deleted is there again, and its links are put back.

    A link is put back if it still stands as the operation left it, and what it goes back to exists.
    The links of the operation that is begun here tell of the others.
    """
    principal, operation_id = request.principal, request.path["operationId"]
    deletions.require_room_to_undo(principal, _found(request))
    return _at(
        request,
        deletions.undo(principal.account_id, operation_id, request.origin, principal.binding),
    )


def _found(request: Request) -> Item:
    principal = request.principal
    return operations.get(principal.account_id, request.path["operationId"], principal.binding)


def _at(request: Request, operation_id: str) -> Reply:
    return Reply(headers={"Operation-Location": request.url(f"operations/{operation_id}")})


MANY = "/provisioning/1/operations"
ONE = f"{MANY}/{{operationId}}"
LOCATION = {"Operation-Location": "Where the operation can be read"}

routes = [
    Route(
        "GET",
        MANY,
        list_page,
        200,
        "List operations",
        READ,
        query=PageQuery,
        answer=OperationPage,
        bound=True,
    ),
    Route("GET", ONE, get, 200, "Get an operation", READ, answer=Operation, bound=True),
    Route(
        "GET",
        f"{ONE}/links",
        list_links,
        200,
        "List the links of an operation",
        READ,
        query=OutcomeQuery,
        answer=OutcomePage,
        bound=True,
    ),
    *(
        Route(
            "POST",
            f"{ONE}/{name}",
            run,
            202,
            f"{name.capitalize()} an operation",
            headers=LOCATION,
            errors=(ConflictError,),
            bound=True,
        )
        for name, run in (("resume", resume), ("cancel", cancel), ("undo", undo))
    ),
]
handler = build(routes)
