"""The applications function as FastAPI, Mangum and boto3 make it."""

from typing import Annotated, Any

import store
from contract import Application, ModifyApplication, envelope, problems_of
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from mangum import Mangum

app = FastAPI(openapi_url=None)
MANY = "/provisioning/1/applications"


def account(authorization: Annotated[str, Header()] = "") -> str:
    """Return whose request it is."""
    found = store.account_of(authorization)
    if found is None:
        raise HTTPException(401)
    return found


Account = Annotated[str, Depends(account)]


@app.exception_handler(RequestValidationError)
def _invalid(_request: Request, error: RequestValidationError) -> JSONResponse:
    return JSONResponse(envelope(400, problems_of(error.errors())), 400)


@app.exception_handler(HTTPException)
def _failed(_request: Request, error: HTTPException) -> JSONResponse:
    return JSONResponse(envelope(error.status_code), error.status_code)


@app.exception_handler(store.Missing)
def _missing(_request: Request, _error: store.Missing) -> JSONResponse:
    return JSONResponse(envelope(404), 404)


@app.exception_handler(store.Exists)
def _exists(_request: Request, _error: store.Exists) -> JSONResponse:
    return JSONResponse(envelope(409), 409)


@app.get(MANY)
def list_page(
    account: Account,
    page: Annotated[int, Query(ge=0)] = 0,
    size: Annotated[int, Query(ge=1, le=1000)] = 20,
) -> Any:
    """List applications."""
    return JSONResponse(store.page(account, page, size))


@app.post(MANY, status_code=201)
def create(account: Account, body: Application) -> Response:
    """Create an application."""
    store.create(account, body.application_id, body.application_name)
    return Response(status_code=201)


@app.get(MANY + "/{identifier}")
def get(account: Account, identifier: str) -> Any:
    """Get an application."""
    return JSONResponse(store.get(account, identifier))


@app.put(MANY + "/{identifier}", status_code=204)
def rename(account: Account, identifier: str, body: ModifyApplication) -> Response:
    """Rename an application."""
    store.rename(account, identifier, body.application_name)
    return Response(status_code=204)


@app.delete(MANY + "/{identifier}")
def delete(account: Account, identifier: str) -> Response:
    """Delete an application."""
    store.delete(account, identifier)
    return Response()


handler = Mangum(app, lifespan="off")
