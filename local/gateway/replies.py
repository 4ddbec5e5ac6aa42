"""Turns what a function, or the gateway itself, has to say into a reply."""

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

GATEWAY_RESPONSES: Final = "x-amazon-apigateway-gateway-responses"
JSON: Final = "application/json"
DEFAULT_TEMPLATE: Final = '{"message":$context.error.messageString}'
HEADER_PARAMETER: Final = "gatewayresponse.header."
VARIABLE: Final = re.compile(r"\$context\.([A-Za-z]+(?:\.[A-Za-z]+)*)")
ANSWER_MEMBERS: Final = frozenset(
    {"body", "headers", "isBase64Encoded", "multiValueHeaders", "statusCode"}
)
DROPPED: Final = frozenset({"connection", "content-length", "transfer-encoding"})
REMAPPED: Final = frozenset(
    {"authorization", "content-md5", "date", "expect", "host", "server", "www-authenticate"}
)


@dataclass(frozen=True)
class Problem:
    """Something for which the gateway itself answers.

    Attributes:
        kind: API Gateway's name for it.
        status: Its status code, unless the template sets another.
        message: API Gateway's message.
    """

    kind: str
    status: int
    message: str


BAD_HTTP: Final = Problem("BAD_REQUEST_PARAMETERS", 400, "Bad Request")
TOO_LARGE: Final = Problem("REQUEST_TOO_LARGE", 413, "Request Too Long")
NO_ROUTE: Final = Problem("MISSING_AUTHENTICATION_TOKEN", 403, "Missing Authentication Token")
THROTTLED: Final = Problem("THROTTLED", 429, "Too Many Requests")
TIMEOUT: Final = Problem("INTEGRATION_TIMEOUT", 504, "Endpoint request timed out")
FAILURE: Final = Problem("INTEGRATION_FAILURE", 502, "Internal server error")


class MalformedError(Exception):
    """A function's answer that the gateway does not understand."""


def from_answer(answer: Answer) -> Reply:
    """Read a function's answer.

    Args:
        answer: What the invocation came to.

    Returns:
        The reply that it describes.

    Raises:
        MalformedError: It failed, or describes none.
    """
    if answer.failed:
        message = "the function failed"
        raise MalformedError(message)
    members = json.loads(answer.payload)
    if not isinstance(members, dict) or not members.keys() <= ANSWER_MEMBERS:
        message = f"expected an object of {', '.join(sorted(ANSWER_MEMBERS))}"
        raise MalformedError(message)
    return Reply(status_of(members), headers_of(members), body_of(members))


def status_of(members: Mapping[str, Any]) -> int:
    """Read the status of a function's answer; 200 if it has none."""
    status = members.get("statusCode", 200)
    if isinstance(status, str) and status.isdigit():
        status = int(status)
    if not isinstance(status, int) or not 200 <= status <= 599:  # noqa: PLR2004 - HTTP's range
        message = f"{status!r} is no status code"
        raise MalformedError(message)
    return status


def headers_of(members: Mapping[str, Any]) -> Headers:
    """Read the headers of a function's answer, those of the gateway's own renamed."""
    single, multiple = members.get("headers") or {}, members.get("multiValueHeaders") or {}
    if not isinstance(single, dict) or not isinstance(multiple, dict):
        message = "headers must be an object"
        raise MalformedError(message)
    repeated = {name.lower() for name in multiple}
    pairs = [(name, value) for name, value in single.items() if name.lower() not in repeated]
    pairs += [(name, value) for name, values in multiple.items() for value in values]
    headers = [
        (remapped(name), header_text(value)) for name, value in pairs if name.lower() not in DROPPED
    ]
    if all(name.lower() != "content-type" for name, _ in headers):
        headers.append(("Content-Type", JSON))
    return headers


def remapped(name: str) -> str:
    """Rename a header that API Gateway keeps to itself."""
    return f"x-amzn-Remapped-{name}" if name.lower() in REMAPPED else name


def header_text(value: object) -> str:
    """Write a header's value as text."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | int | float):
        return str(value)
    message = f"{value!r} is no header value"
    raise MalformedError(message)


def body_of(members: Mapping[str, Any]) -> bytes:
    """Read the body of a function's answer."""
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
    """How the template wants the gateway's own answers to look."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        """Read them.

        Args:
            document: The API's OpenAPI document, with Amazon's extensions.
        """
        self._responses: Mapping[str, Any] = document.get(GATEWAY_RESPONSES, {})

    def reply(self, problem: Problem, call: Call | None = None, resource: str = "") -> Reply:
        """Answer for the gateway itself.

        Args:
            problem: What is the matter.
            call: The request, if it could be read.
            resource: Path of the resource it is for, if it was found.

        Returns:
            The answer in the template's form for this problem, else in that of
            its class, else in API Gateway's own.
        """
        fallback = "DEFAULT_4XX" if problem.status < 500 else "DEFAULT_5XX"  # noqa: PLR2004
        response = self._responses.get(problem.kind) or self._responses.get(fallback, {})
        variables = context(problem, call, resource)
        templates = response.get("responseTemplates") or {JSON: DEFAULT_TEMPLATE}
        media_type = JSON if JSON in templates else next(iter(templates))
        headers = [("Content-Type", media_type), *extra_headers(response, variables, call)]
        text = VARIABLE.sub(lambda match: variables.get(match[1], ""), templates[media_type])
        return Reply(int(response.get("statusCode", problem.status)), headers, text.encode())


def context(problem: Problem, call: Call | None, resource: str) -> dict[str, str]:
    """Give the values of $context variables, by their names without $context."""
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


def extra_headers(
    response: Mapping[str, Any], variables: Mapping[str, str], call: Call | None
) -> list[tuple[str, str]]:
    """Write the headers that a gateway response sets.

    Args:
        response: As the template has it. Its parameters name a header each and
            give a text in single quotes, `context.NAME` or
            `method.request.header.NAME`.
        variables: Values of $context variables.
        call: The request, if it could be read.
    """
    headers = []
    for name, source in response.get("responseParameters", {}).items():
        if name.startswith(HEADER_PARAMETER):
            value = parameter(source, variables, call)
            headers.append((name.removeprefix(HEADER_PARAMETER), value))
    return headers


def parameter(source: str, variables: Mapping[str, str], call: Call | None) -> str:
    """Give the value of one parameter of a gateway response; empty if there is none."""
    if source.startswith("'"):
        return source.strip("'")
    kind, _, name = source.partition(".")
    if kind == "context":
        return variables.get(name, "")
    header = name.removeprefix("request.header.").lower()
    return (call.header(header) if call else None) or ""
