"""The applications function as Flask, apig-wsgi and boto3 make it."""

from typing import Annotated, Any

import store
from apig_wsgi import make_lambda_handler
from contract import Application, ModifyApplication, envelope, problems_of
from flask import Flask, Response, abort, g, jsonify, request
from pydantic import BaseModel, Field, ValidationError
from werkzeug.exceptions import HTTPException

app = Flask(__name__)
MANY = "/provisioning/1/applications"


class PageQuery(BaseModel):
    """Which page of a list."""

    page: Annotated[int, Field(ge=0)] = 0
    size: Annotated[int, Field(ge=1, le=1000)] = 20


@app.before_request
def _authenticate() -> None:
    g.account = store.account_of(request.headers.get("Authorization", ""))
    if g.account is None:
        abort(401)


@app.errorhandler(ValidationError)
def _invalid(error: ValidationError) -> Any:
    return jsonify(envelope(400, problems_of(error.errors()))), 400


@app.errorhandler(HTTPException)
def _failed(error: HTTPException) -> Any:
    return jsonify(envelope(error.code or 500)), error.code or 500


@app.errorhandler(store.Missing)
def _missing(_error: store.Missing) -> Any:
    return jsonify(envelope(404)), 404


@app.errorhandler(store.Exists)
def _exists(_error: store.Exists) -> Any:
    return jsonify(envelope(409)), 409


@app.get(MANY)
def list_page() -> Any:
    """List applications."""
    query = PageQuery.model_validate(request.args.to_dict())
    return jsonify(store.page(g.account, query.page, query.size))


@app.post(MANY)
def create() -> Any:
    """Create an application."""
    body = Application.model_validate(request.get_json())
    store.create(g.account, body.application_id, body.application_name)
    return Response(status=201)


@app.get(MANY + "/<path:identifier>")
def get(identifier: str) -> Any:
    """Get an application."""
    return jsonify(store.get(g.account, identifier))


@app.put(MANY + "/<path:identifier>")
def rename(identifier: str) -> Any:
    """Rename an application."""
    body = ModifyApplication.model_validate(request.get_json())
    store.rename(g.account, identifier, body.application_name)
    return Response(status=204)


@app.delete(MANY + "/<path:identifier>")
def delete(identifier: str) -> Any:
    """Delete an application."""
    store.delete(g.account, identifier)
    return Response()


handler = make_lambda_handler(app)
