"""A client that calls the handlers as API Gateway does."""

import base64
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from types import ModuleType
from typing import Any
from urllib.parse import quote, unquote

from tools import functions

ROOT = "/provisioning/1"
FUNCTIONS = {
    "api-keys": "keys",
    "current-api-key": "keys",
    "inbound": "resources",
    "sending-strategies": "sending_strategies",
    "summary": "limits",
}
"""The functions that are not named as their collection is."""
Query = Mapping[str, Any] | list[tuple[str, Any]]


@dataclass(frozen=True)
class Response:
    """What a client receives."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        """The document in the body."""
        return json.loads(self.text)

    @property
    def problems(self) -> Any:
        """What the error says of each member."""
        return self.json["requestError"]["serviceException"].get("validationErrors")

    @property
    def ids(self) -> list[str]:
        """The ids of a page of applications or entities."""
        return [
            result.get("applicationId") or result["entityId"] for result in self.json["results"]
        ]


@dataclass(frozen=True)
class Context:
    """The context that Lambda passes to a function."""

    function_name: str = "function"
    memory_limit_in_mb: int = 512
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:function"
    aws_request_id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def get_remaining_time_in_millis(self) -> int:
        """The longest that Lambda runs a function."""
        return 15 * 60 * 1000


@cache
def load_function(name: str) -> ModuleType:
    """Import ``functions/<name>/app.py`` as a module of its own, as Lambda would."""
    return functions.load(name)


def path_of(collection: str, identifier: str) -> str:
    """Return the path of one application or entity, its id percent-encoded."""
    return f"{ROOT}/{collection}/{quote(identifier, safe='')}"


def _decoded_query(text: str) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for pair in filter(None, text.split("&")):
        name, _, value = pair.partition("=")
        values.setdefault(unquote(name), []).append(unquote(value))
    return values


def proxy_event(
    method: str, url: str, headers: Mapping[str, str], body: str | bytes | None
) -> dict[str, Any]:
    """Return a REST API proxy event (payload 1.0) as API Gateway delivers it.

    The path stays percent-encoded as the client sent it, the query string comes decoded, and a
    body that is no text comes in base64 (AWS, "Lambda proxy integrations in API Gateway").
    """
    path, _, query = url.partition("?")
    values = _decoded_query(query)
    binary = isinstance(body, bytes)
    return {
        "resource": "/{proxy+}",
        "path": path,
        "httpMethod": method,
        "headers": dict(headers) or None,
        "multiValueHeaders": {name: [value] for name, value in headers.items()} or None,
        "queryStringParameters": {name: given[-1] for name, given in values.items()} or None,
        "multiValueQueryStringParameters": values or None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "httpMethod": method,
            "path": f"/v1{path}",
            "protocol": "HTTP/1.1",
            "stage": "v1",
            "identity": {"sourceIp": "192.0.2.1", "userAgent": "tests"},
        },
        "body": base64.b64encode(body).decode() if isinstance(body, bytes) else body,
        "isBase64Encoded": binary,
    }


def query_string(query: Query) -> str:
    """Return query values percent-encoded."""
    pairs = query.items() if isinstance(query, Mapping) else query
    return "&".join(f"{quote(name, safe='')}={quote(str(value), safe='')}" for name, value in pairs)


@dataclass(frozen=True)
class Client:
    """Calls the operations of the API for one API key, in this process."""

    api_key: str | None

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Query = (),  # type: ignore[assignment]
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Response:
        """Send a request; a body that is neither text nor bytes is sent as JSON."""
        text = body if isinstance(body, str | bytes | None) else json.dumps(body)
        given = {"Content-Type": "application/json"} if text is not None else {}
        if self.api_key is not None:
            given["Authorization"] = f"App {self.api_key}"
        url = f"{path}?{query_string(query)}" if query else path
        event = proxy_event(method, url, given | dict(headers or {}), text)
        answer = self._handler(path)(event, Context())
        return Response(answer["statusCode"], answer["headers"], answer["body"])

    def _handler(self, path: str) -> Any:
        collection = path.split("/")[3]
        return load_function(FUNCTIONS.get(collection, collection)).handler

    def without_key(self) -> "Client":
        """Return the same client, without its key."""
        return replace(self, api_key=None)

    # --- the operations -----------------------------------------------------------------------

    def create(self, collection: str, identifier: Any, name: str | None = None) -> Response:
        """Create an application or entity."""
        noun = "application" if collection == "applications" else "entity"
        body = {f"{noun}Id": identifier, f"{noun}Name": name}
        return self.call("POST", f"{ROOT}/{collection}", body=body)

    def get(self, collection: str, identifier: str) -> Response:
        """Get an application or entity."""
        return self.call("GET", path_of(collection, identifier))

    def rename(self, collection: str, identifier: str, body: Any) -> Response:
        """Rename an application or entity."""
        return self.call("PUT", path_of(collection, identifier), body=body)

    def delete(self, collection: str, identifier: str) -> Response:
        """Delete an application or entity."""
        return self.call("DELETE", path_of(collection, identifier))

    def list(self, collection: str, **query: Any) -> Response:
        """List applications, entities or associations."""
        return self.call("GET", f"{ROOT}/{collection}", query=query)

    def link(self, association: Mapping[str, Any]) -> Response:
        """Create an association."""
        return self.call("POST", f"{ROOT}/associations", body=dict(association))

    def unlink(self, association: Mapping[str, Any]) -> Response:
        """Delete an association."""
        return self.call("DELETE", f"{ROOT}/associations", body=dict(association))

    def single(self, association: Mapping[str, Any]) -> Response:
        """Get exactly one association."""
        given = {name: value for name, value in association.items() if value is not None}
        return self.call("GET", f"{ROOT}/associations/single", query=given)
