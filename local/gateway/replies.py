"""Turns a function's result, or an error of the gateway itself, into a reply."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from local.gateway.events import Call
from local.gateway.http import Headers, Reply
from local.worker import Answer

_GATEWAY_RESPONSES: Final = "x-amazon-apigateway-gateway-responses"
JSON: Final = "application/json"
_DEFAULT_TEMPLATE: Final = '{"message":$context.error.messageString}'
_HEADER_PARAMETER: Final = "gatewayresponse.header."
_VARIABLE: Final = re.compile(r"\$context\.([A-Za-z]+(?:\.[A-Za-z]+)*)")
_ANSWER_MEMBERS: Final = frozenset(
    {"body", "headers", "isBase64Encoded", "multiValueHeaders", "statusCode"}
)
_DROPPED: Final = frozenset({"connection", "content-length", "transfer-encoding"})
_REMAPPED: Final = frozenset(
    {"authorization", "content-md5", "date", "expect", "host", "server", "www-authenticate"}
)


@dataclass(frozen=True)
class Problem:
    """An error that the gateway itself answers.

    Attributes:
        kind: API Gateway's response type.
        status: The status code, unless the template sets another.
        message: API Gateway's message.
    """

    kind: str
    status: int
    message: str


BAD_HTTP: Final = Problem("BAD_REQUEST_PARAMETERS", 400, "Bad Request")
TOO_LARGE: Final = Problem("REQUEST_TOO_LARGE", 413, "Request Too Long")
NO_ROUTE: Final = Problem("MISSING_AUTHENTICATION_TOKEN", 403, "Missing Authentication Token")
_THROTTLED: Final = Problem("_THROTTLED", 429, "Too Many Requests")
TIMEOUT: Final = Problem("INTEGRATION_TIMEOUT", 504, "Endpoint request timed out")
FAILURE: Final = Problem("INTEGRATION_FAILURE", 502, "Internal server error")


class MalformedError(Exception):
    """A function's result that the gateway does not accept."""


def from_answer(answer: Answer) -> Reply:
    """Turn the result of an invocation into a reply.

    Raises:
        MalformedError: The function failed, or its result is not in the proxy format.
    """
    if answer.failed:
        message = "the function failed"
        raise MalformedError(message)
    members = json.loads(answer.payload)
    if not isinstance(members, dict) or not members.keys() <= _ANSWER_MEMBERS:
        message = f"expected an object of {', '.join(sorted(_ANSWER_MEMBERS))}"
        raise MalformedError(message)
    return Reply(_status_of(members), _headers_of(members), _body_of(members))


def _status_of(members: Mapping[str, Any]) -> int:
    status = members.get("statusCode", 200)
    if isinstance(status, str) and status.isdigit():
        status = int(status)
    if not isinstance(status, int) or not 200 <= status <= 599:  # noqa: PLR2004 - HTTP's range
        message = f"{status!r} is no status code"
        raise MalformedError(message)
    return status


def _headers_of(members: Mapping[str, Any]) -> Headers:
    single, multiple = members.get("headers") or {}, members.get("multiValueHeaders") or {}
    if not isinstance(single, dict) or not isinstance(multiple, dict):
        message = "headers must be an object"
        raise MalformedError(message)
    repeated = {name.lower() for name in multiple}
    pairs = [(name, value) for name, value in single.items() if name.lower() not in repeated]
    pairs += [(name, value) for name, values in multiple.items() for value in values]
    headers = [
        (_remapped(name), _header_text(value))
        for name, value in pairs
        if name.lower() not in _DROPPED
    ]
    if all(name.lower() != "content-type" for name, _ in headers):
        headers.append(("Content-Type", JSON))
    return headers


def _remapped(name: str) -> str:
    """Rename a header that API Gateway reserves."""
    return f"x-amzn-Remapped-{name}" if name.lower() in _REMAPPED else name


def _header_text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    message = f"{value!r} is no header value"
    raise MalformedError(message)


def _body_of(members: Mapping[str, Any]) -> bytes:
    body = members.get("body")
    if body is None:
        return b""
    if not isinstance(body, str):
        message = "the body must be a string"
        raise MalformedError(message)
    if not members.get("isBase64Encoded"):
        return body.encode()
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise MalformedError(str(error)) from error


class GatewayResponses:
    """The gateway's own replies, in the form that the template gives them."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Read the API's OpenAPI document with Amazon's extensions."""
        self._responses: Mapping[str, Any] = document.get(_GATEWAY_RESPONSES, {})

    def reply(self, problem: Problem, call: Call | None = None, resource: str = "") -> Reply:
        """Build the gateway's own reply.

        The template may define it for this error, or for its class; otherwise
        it is API Gateway's own.

        Args:
            problem: The error.
            call: The request, if it could be read.
            resource: Path of the resource that it matches, if any.
        """
        fallback = "DEFAULT_4XX" if problem.status < 500 else "DEFAULT_5XX"  # noqa: PLR2004
        response = self._responses.get(problem.kind) or self._responses.get(fallback, {})
        variables = _context(problem, call, resource)
        templates = response.get("responseTemplates") or {JSON: _DEFAULT_TEMPLATE}
        media_type = JSON if JSON in templates else next(iter(templates))
        headers = [("Content-Type", media_type), *_extra_headers(response, variables, call)]
        text = _VARIABLE.sub(lambda match: variables.get(match[1], ""), templates[media_type])
        return Reply(int(response.get("statusCode", problem.status)), headers, text.encode())


def _context(problem: Problem, call: Call | None, resource: str) -> dict[str, str]:
    error = {
        "error.message": problem.message,
        "error.messageString": json.dumps(problem.message),
        "error.responseType": problem.kind,
    }
    if call is None:
        return error
    return {
        **error,
        "httpMethod": call.request.method,
        "identity.sourceIp": call.request.peer,
        "path": call.raw_path,
        "requestId": call.id,
        "requestTimeEpoch": str(int(call.started * 1000)),
        "resourcePath": resource,
        "stage": call.stage,
    }


def _extra_headers(
    response: Mapping[str, Any], variables: Mapping[str, str], call: Call | None
) -> list[tuple[str, str]]:
    """Build the headers of a gateway response.

    Each source is a text in single quotes, `context.NAME` or `method.request.header.NAME`.
    """
    headers = []
    for name, source in response.get("responseParameters", {}).items():
        if name.startswith(_HEADER_PARAMETER):
            value = _parameter(source, variables, call)
            headers.append((name.removeprefix(_HEADER_PARAMETER), value))
    return headers


def _parameter(source: str, variables: Mapping[str, str], call: Call | None) -> str:
    if source.startswith("'"):
        return source.strip("'")
    kind, _, name = source.partition(".")
    if kind == "context":
        return variables.get(name, "")
    header = name.removeprefix("request.header.").lower()
    return (call.header(header) if call else None) or ""
