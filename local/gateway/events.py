"""Builds the event that a REST API sends to a function.

Proxy integration, payload version 1.0. The path and its parameters stay
percent-encoded; query parameters are decoded. A repeated header or query
parameter has its last value, and all values in the multi-value form.
"""

import base64
import hashlib
import time
import uuid
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import parse_qsl

from local.gateway.http import Request
from local.settings import ACCOUNT, STACK

_DROPPED: Final = frozenset({"connection", "content-length", "expect", "te", "transfer-encoding"})
_UNKNOWN_IDENTITY: Final = (
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
    """A request in the gateway, with its stage, id, and arrival in seconds since 1970."""

    request: Request
    stage: str
    id: str = field(default_factory=lambda: str(uuid.uuid4()))
    started: float = field(default_factory=time.time)

    @property
    def path(self) -> str:
        """The request's path; the clients whose base URL ends in a slash send two at its start."""
        return "/" + self.raw_path.lstrip("/")

    @property
    def raw_path(self) -> str:
        """The request's path as it was sent, percent-encoded."""
        path = self.request.target.partition("?")[0]
        if path.startswith("/"):
            return path
        return "/" + path.partition("://")[2].partition("/")[2]

    def header(self, name: str) -> str | None:
        """Return the last value of a header by its lower-case name; None if it is missing."""
        values = [value for key, value in self.request.headers if key.lower() == name]
        return values[-1] if values else None


def event(
    call: Call, resource: str, path_parameters: Mapping[str, str], binary_types: Container[str]
) -> dict[str, Any]:
    """Build the event for the function behind a resource.

    Bodies of the binary media types come in base64. Others are decoded as UTF-8, with
    replacement characters.
    """
    headers = _multiple(_forwarded_headers(call))
    query = call.request.target.partition("?")[2]
    parameters = _multiple(parse_qsl(query, keep_blank_values=True, errors="replace"))
    media_type = (call.header("content-type") or "").partition(";")[0].strip()
    body, is_binary = call.request.body, media_type in binary_types
    text = base64.b64encode(body).decode() if is_binary else body.decode(errors="replace")
    return {
        "resource": resource,
        "path": call.path,
        "httpMethod": call.request.method,
        "headers": _last_values(headers),
        "multiValueHeaders": headers,
        "queryStringParameters": _last_values(parameters) or None,
        "multiValueQueryStringParameters": parameters or None,
        "pathParameters": path_parameters or None,
        "stageVariables": None,
        "requestContext": _request_context(call, resource),
        "body": text or None,
        "isBase64Encoded": is_binary and bool(body),
    }


def _request_context(call: Call, resource: str) -> dict[str, Any]:
    host = call.header("host") or ""
    known = {"sourceIp": call.request.peer, "userAgent": call.header("user-agent")}
    return {
        "accountId": ACCOUNT,
        "apiId": STACK,
        "deploymentId": STACK,
        "domainName": host,
        "domainPrefix": host.partition(".")[0],
        "extendedRequestId": base64.b64encode(uuid.UUID(call.id).bytes).decode(),
        "httpMethod": call.request.method,
        "identity": dict.fromkeys(_UNKNOWN_IDENTITY) | known,
        # Without the stage, as behind a custom domain: the base URL has none either.
        "path": call.raw_path,
        "protocol": "HTTP/1.1",
        "requestId": call.id,
        "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(call.started)),
        "requestTimeEpoch": int(call.started * 1000),
        "resourceId": hashlib.sha256(resource.encode()).hexdigest()[:6],
        "resourcePath": resource,
        "stage": call.stage,
    }


def _forwarded_headers(call: Call) -> list[tuple[str, str]]:
    """Return the client's headers, each in its first spelling, and the gateway's own."""
    own = [
        ("X-Amzn-Trace-Id", f"Root=1-{int(call.started):08x}-{call.id.replace('-', '')[:24]}"),
        ("X-Forwarded-For", call.request.peer),
        ("X-Forwarded-Port", (call.header("host") or "").partition(":")[2] or "80"),
        ("X-Forwarded-Proto", "http"),
    ]
    replaced = _DROPPED | {name.lower() for name, _ in own}
    spelling: dict[str, str] = {}
    kept = [
        (spelling.setdefault(name.lower(), name), value)
        for name, value in call.request.headers
        if name.lower() not in replaced
    ]
    return kept + own


def _multiple(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)
    return values


def _last_values(values: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: every[-1] for name, every in values.items()}
