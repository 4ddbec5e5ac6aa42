"""Operations: what deletes have set going, and how far it is."""

from provisioning import operations
from provisioning.accounts import READ
from provisioning.api import Reply, Request, Route, build
from provisioning.errors import ConflictError
from provisioning.schema import Operation, OperationPage, PageQuery


def list_page(request: Request) -> Reply:
    """Answer with a page of them, newest first; a page past the end has no results."""
    principal, query = request.principal, request.query
    page = operations.list_page(principal.account_id, query.page, query.size, principal.binding)
    results = [operations.shown(item) for item in page.items]
    return Reply({"results": results, "paging": page.paging()})


def get(request: Request) -> Reply:
    """Answer with an operation as it stands."""
    principal, operation_id = request.principal, request.path["operationId"]
    found = operations.get(principal.account_id, operation_id, principal.binding)
    return Reply(operations.shown(found))


def resume(request: Request) -> Reply:
    """Let one go on that failed or stands still; harmless for one that is under way."""
    principal, operation_id = request.principal, request.path["operationId"]
    operations.resume(principal.account_id, operation_id, principal.binding)
    return Reply(headers={"Operation-Location": request.url(f"operations/{operation_id}")})


MANY = "/provisioning/1/operations"
ONE = f"{MANY}/{{operationId}}"

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
        "POST",
        f"{ONE}/resume",
        resume,
        202,
        "Resume an operation",
        headers={"Operation-Location": "Where the operation can be read"},
        errors=(ConflictError,),
        bound=True,
    ),
]
handler = build(routes)
