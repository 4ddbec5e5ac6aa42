"""The applications function as Powertools' resolver with validation, and boto3, make it."""

from typing import Annotated, Any

import store
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayRestResolver, Response
from aws_lambda_powertools.event_handler.exceptions import ServiceError
from aws_lambda_powertools.event_handler.middlewares import NextMiddleware
from aws_lambda_powertools.event_handler.openapi.exceptions import RequestValidationError
from aws_lambda_powertools.event_handler.openapi.params import Query
from contract import Application, ModifyApplication, envelope, problems_of

logger = Logger()
metrics = Metrics()
app = APIGatewayRestResolver(enable_validation=True)
MANY = "/provisioning/1/applications"


def _answer(status: int, document: dict[str, Any] | None = None) -> Response[Any]:
    return Response(status, "application/json", document)


def _authenticate(app: APIGatewayRestResolver, next_middleware: NextMiddleware) -> Response[Any]:
    account = store.account_of(app.current_event.headers.get("Authorization", ""))
    if account is None:
        return _answer(401, envelope(401))
    app.append_context(account=account)
    return next_middleware(app)


app.use([_authenticate])


@app.exception_handler(RequestValidationError)
def _invalid(error: RequestValidationError) -> Response[Any]:
    return _answer(400, envelope(400, problems_of(error.errors())))


@app.exception_handler(ServiceError)
def _failed(error: ServiceError) -> Response[Any]:
    return _answer(error.status_code, envelope(error.status_code))


@app.exception_handler(store.Missing)
def _missing(_error: store.Missing) -> Response[Any]:
    return _answer(404, envelope(404))


@app.exception_handler(store.Exists)
def _exists(_error: store.Exists) -> Response[Any]:
    return _answer(409, envelope(409))


@app.get(MANY)
def list_page(
    page: Annotated[int, Query(ge=0)] = 0, size: Annotated[int, Query(ge=1, le=1000)] = 20
) -> dict[str, Any]:
    """List applications."""
    return store.page(app.context["account"], page, size)


@app.post(MANY)
def create(body: Application) -> Response[Any]:
    """Create an application."""
    store.create(app.context["account"], body.application_id, body.application_name)
    return _answer(201)


@app.get(MANY + "/<identifier>")
def get(identifier: str) -> dict[str, str]:
    """Get an application."""
    return store.get(app.context["account"], identifier)


@app.put(MANY + "/<identifier>")
def rename(identifier: str, body: ModifyApplication) -> Response[Any]:
    """Rename an application."""
    store.rename(app.context["account"], identifier, body.application_name)
    return _answer(204)


@app.delete(MANY + "/<identifier>")
def delete(identifier: str) -> Response[Any]:
    """Delete an application."""
    store.delete(app.context["account"], identifier)
    return _answer(200)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answer a request."""
    return app.resolve(event, context)
