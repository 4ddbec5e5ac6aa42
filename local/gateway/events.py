"""Writes a request as the event that a REST API hands to a function.

Proxy integration, payload version 1.0. The path and its parameters stay
percent-encoded; query parameters come decoded; a header or query parameter
that is repeated shows its last value, and all of them in the multi-value form.
"""

import base64
import hashlib
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

from local.gateway.http import Request
from local.gateway.routes import Match
from local.settings import ACCOUNT, STACK

DROPPED: Final = frozenset({"connection", "content-length", "expect", "te", "transfer-encoding"})
UNKNOWN_IDENTITY: Final = (
    "accessKey",
    "accountId",
    "caller",
    "cognitoAuthenticationProvider",
    "cognitoAuthenticationType",
    "cognitoIdentityId",
    "cognitoIdentityPoolId",
    "principalOrgId",
    "user",
    "userArn",
)


@dataclass(frozen=True)
class Call:
    """A request on its way through the gateway.

    Attributes:
        request: The request.
        stage: The stage's name.
        id: The request's id.
        started: When it came, in seconds since 1970.
    """

    request: Request
    stage: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    started: float = field(default_factory=time.time)

    @property
    def path(self) -> str:
        """The request's path, percent-encoded, with one slash at its start.

        Clients whose base URL ends in a slash send two.
        """
        return "/" + self.raw_path.lstrip("/")

    @property
    def raw_path(self) -> str:
        """The request's path as it was sent."""
        path = self.request.target.partition("?")[0]
        if path.startswith("/"):
            return path
        return "/" + path.partition("://")[2].partition("/")[2]

    @property
    def query(self) -> list[tuple[str, str]]:
        """The query's parameters, decoded, in their order."""
        query = self.request.target.partition("?")[2]
        return parse_qsl(query, keep_blank_values=True, errors="replace")

    def header(self, name: str) -> str | None:
        """Find a header's last value by its lower-case name; None if it was not sent."""
        values = [value for key, value in self.request.headers if key.lower() == name]
        return values[-1] if values else None


def event(call: Call, match: Match, binary_types: Iterable[str] = ()) -> dict[str, Any]:
    """Write the event for a function.

    Args:
        call: The request.
        match: The resource it is for.
        binary_types: Media types that the API treats as binary.

    Returns:
        The event, as JSON-compatible data.
    """
    headers = multiple(forwarded_headers(call))
    query = multiple(call.query)
    body, is_base64 = encode_body(call, frozenset(binary_types))
    return {
        "resource": match.route.resource,
        "path": call.path,
        "httpMethod": call.request.method,
        "headers": last_values(headers),
        "multiValueHeaders": headers,
        "queryStringParameters": last_values(query) or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": dict(match.parameters) or None,
        "stageVariables": None,
        "requestContext": request_context(call, match.route.resource),
        "body": body,
        "isBase64Encoded": is_base64,
    }


def request_context(call: Call, resource: str) -> dict[str, Any]:
    """Write the event's requestContext.

    Args:
        call: The request.
        resource: Path of the resource it is for.
    """
    host = call.header("host") or ""
    requested = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(call.started))
    identity = dict.fromkeys(UNKNOWN_IDENTITY)
    return {
        "accountId": ACCOUNT,
        "apiId": STACK,
        "deploymentId": STACK,
        "domainName": host,
        "domainPrefix": host.partition(".")[0],
        "extendedRequestId": base64.b64encode(uuid.UUID(call.id).bytes).decode(),
        "httpMethod": call.request.method,
        "identity": {
            **identity,
            "sourceIp": call.request.peer,
            "userAgent": call.header("user-agent"),
        },
        # Without the stage, as behind a domain of one's own, since the base URL has none either.
        "path": call.raw_path,
        "protocol": "HTTP/1.1",
        "requestId": call.id,
        "requestTime": requested,
        "requestTimeEpoch": int(call.started * 1000),
        "resourceId": hashlib.sha256(resource.encode()).hexdigest()[:6],
        "resourcePath": resource,
        "stage": call.stage,
    }


def forwarded_headers(call: Call) -> list[tuple[str, str]]:
    """Give the headers that a function gets: the client's, and those of the gateway.

    A header that comes in several spellings gets the first of them.
    """
    own = [
        ("X-Amzn-Trace-Id", f"Root=1-{int(call.started):08x}-{call.id.replace('-', '')[:24]}"),
        ("X-Forwarded-For", call.request.peer),
        ("X-Forwarded-Port", (call.header("host") or "").partition(":")[2] or "80"),
        ("X-Forwarded-Proto", "http"),
    ]
    replaced = DROPPED | {name.lower() for name, _ in own}
    spelling: dict[str, str] = {}
    kept = [
        (spelling.setdefault(name.lower(), name), value)
        for name, value in call.request.headers
        if name.lower() not in replaced
    ]
    return kept + own


def encode_body(call: Call, binary_types: frozenset[str]) -> tuple[str | None, bool]:
    """Write a body as the gateway does.

    Args:
        call: The request.
        binary_types: Media types that the API treats as binary.

    Returns:
        The body, None if it is empty, and whether it is in base64. What is
        not binary is taken for UTF-8, and made such if it is not.
    """
    body = call.request.body
    if not body:
        return None, False
    media_type = (call.header("content-type") or "").partition(";")[0].strip()
    if binary_types & {media_type, "*/*"}:
        return base64.b64encode(body).decode(), True
    return body.decode(errors="replace"), False


def multiple(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    """Collect all values of each name."""
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values


def last_values(values: Mapping[str, list[str]]) -> dict[str, str]:
    """Keep the last value of each name."""
    return {name: every[-1] for name, every in values.items()}
