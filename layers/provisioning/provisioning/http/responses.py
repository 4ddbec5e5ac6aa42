"""Responses for API Gateway, with the headers that all of them have."""

import json
from collections.abc import Mapping
from typing import Any

from provisioning.core import config
from provisioning.core.errors import ProvisioningError, ThrottledError
from provisioning.http.errors import failure, newer_failure

Response = dict[str, Any]
"""The response of a proxy integration, as API Gateway expects it."""

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Content-Type": "application/json",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}
_EXPOSED = (
    "ETag, Operation-Location, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, "
    "Totals-Age"
)
"""The headers of responses that a page of the allowed origin may read."""


def response(
    status: int, headers: Mapping[str, str], content: Mapping[str, Any] | None
) -> Response:
    """Return a response with a JSON document, or without content."""
    body = "" if content is None else json_text(content)
    return {"statusCode": status, "headers": {**_HEADERS, **headers}, "body": body}


def error_response(error: ProvisioningError, *, newer: bool = False) -> Response:
    """Return the response for an error in a form of the contract, without internals."""
    status, envelope = newer_failure(error) if newer else failure(error)
    headers: dict[str, str] = {}
    if isinstance(error, ThrottledError):
        headers = {"Retry-After": str(error.retry_after), **error.headers}
    return response(status, headers, envelope)


def json_text(content: Mapping[str, Any]) -> str:
    """Return a document as JSON that UTF-8 can encode, whatever a bad request contains."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="replace").decode()


def cors_headers() -> dict[str, str]:
    """Return the headers that let a page of the allowed origin read a response.

    API Gateway answers preflight requests, so they never get here.
    """
    origin = config.cors_origin()
    if not origin:
        return {}
    return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": _EXPOSED}
