"""Turns a function's result, or an error of the gateway itself, into a reply."""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from local.gateway.http import Headers, Reply
from local.settings import LocalError
from local.worker import Answer

MAX_PAYLOAD_BYTES: Final = 6 * 1024 * 1024
"""The most that Lambda takes and returns in one invocation."""
_GATEWAY_RESPONSES: Final = "x-amazon-apigateway-gateway-responses"
_JSON: Final = "application/json"
_ANSWER_MEMBERS: Final = frozenset(
    {"body", "headers", "isBase64Encoded", "multiValueHeaders", "statusCode"}
)
_DROPPED: Final = frozenset({"connection", "content-length", "transfer-encoding"})
_REMAPPED: Final = frozenset(
    {"authorization", "content-md5", "date", "expect", "host", "server", "www-authenticate"}
)


class Problem(NamedTuple):
    """An error that the gateway itself answers: API Gateway's response type and defaults."""

    kind: str
    status: int
    message: str


BAD_HTTP: Final = Problem("BAD_REQUEST_PARAMETERS", 400, "Bad Request")
TOO_LARGE: Final = Problem("REQUEST_TOO_LARGE", 413, "Request Too Long")
NO_ROUTE: Final = Problem("MISSING_AUTHENTICATION_TOKEN", 403, "Missing Authentication Token")
TIMEOUT: Final = Problem("INTEGRATION_TIMEOUT", 504, "Endpoint request timed out")
FAILURE: Final = Problem("INTEGRATION_FAILURE", 502, "Internal server error")


class MalformedError(Exception):
    """A function's result that the gateway does not accept."""


def from_answer(answer: Answer) -> Reply:
    """Turn the result of an invocation into a reply.

    Raises:
        MalformedError: The function failed, or its result is too large or not in the
            proxy format.
    """
    if answer.failed or len(answer.payload) > MAX_PAYLOAD_BYTES:
        message = "the function failed" if answer.failed else "the result is over 6 MB"
        raise MalformedError(message)
    members = json.loads(answer.payload)
    if not isinstance(members, dict) or not members.keys() <= _ANSWER_MEMBERS:
        message = f"expected an object of {', '.join(sorted(_ANSWER_MEMBERS))}"
        raise MalformedError(message)
    return Reply(_status_of(members), _headers_of(members), _body_of(members))


def from_mock(integration: Mapping[str, Any]) -> Reply:
    """Return the default response of a mock integration."""
    response = integration.get("responses", {}).get("default", {})
    body, headers = _fixed(response)
    content = [] if body is None else [("Content-Type", _JSON)]
    status = int(response.get("statusCode", 200))
    return Reply(status, [*content, *headers], (body or "").encode())


def _fixed(response: Mapping[str, Any]) -> tuple[str | None, Headers]:
    """Return the body and the headers that a template gives a response, all fixed texts."""
    headers = [
        (name.rpartition(".header.")[2], source.strip("'"))
        for name, source in response.get("responseParameters", {}).items()
    ]
    return response.get("responseTemplates", {}).get(_JSON), headers


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
        # API Gateway renames headers that it reserves.
        (f"x-amzn-Remapped-{name}" if name.lower() in _REMAPPED else name, _header_text(value))
        for name, value in pairs
        if name.lower() not in _DROPPED
    ]
    if all(name.lower() != "content-type" for name, _ in headers):
        headers.append(("Content-Type", _JSON))
    return headers


def _header_text(value: object) -> str:
    if not isinstance(value, str | int | float):
        message = f"{value!r} is no header value"
        raise MalformedError(message)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _body_of(members: Mapping[str, Any]) -> bytes:
    body = "" if members.get("body") is None else members["body"]
    if not isinstance(body, str):
        message = "the body must be a string"
        raise MalformedError(message)
    try:
        is_binary = members.get("isBase64Encoded")
        return base64.b64decode(body, validate=True) if is_binary else body.encode()
    except binascii.Error as error:
        raise MalformedError(str(error)) from error


class GatewayResponses:
    """The gateway's own replies, in the form that the template gives them."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Read the API's OpenAPI document with Amazon's extensions.

        Raises:
            LocalError: A reply has variables ($context) or copies a header, neither of
                which the template uses.
        """
        self._responses: Mapping[str, Any] = document.get(_GATEWAY_RESPONSES, {})
        for kind, response in self._responses.items():
            sources = response.get("responseParameters", {}).values()
            texts = response.get("responseTemplates", {}).values()
            if any("$" in text for text in texts) or any(source[0] != "'" for source in sources):
                message = f"gateway response {kind}: the local gateway supports fixed text only"
                raise LocalError(message)

    def reply(self, problem: Problem) -> Reply:
        """Build the gateway's own reply.

        The template may define it for this error, or for its class; otherwise
        it is API Gateway's own.
        """
        fallback = "DEFAULT_4XX" if problem.status < 500 else "DEFAULT_5XX"  # noqa: PLR2004
        response = self._responses.get(problem.kind) or self._responses.get(fallback, {})
        body, headers = _fixed(response)
        status = int(response.get("statusCode", problem.status))
        text = body or json.dumps({"message": problem.message}, separators=(",", ":"))
        return Reply(status, [("Content-Type", _JSON), *headers], text.encode())
