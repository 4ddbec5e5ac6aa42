"""Reads the events of API Gateway: path, headers, query string and body.

The path is matched here again, although API Gateway has routed the request, because only the
event's ``path`` is certain to be percent-encoded as the client sent it. So every id is decoded
exactly once.
"""

import base64
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from provisioning.core.errors import InvalidError, NotFoundError, UnauthorizedError
from provisioning.shapes.documents import FORM, JSON, read_form, read_json
from provisioning.shapes.fields import MAXIMUM_LENGTH, Model

Event = Mapping[str, Any]
"""An API Gateway REST API proxy event (payload format 1.0)."""

ROOT = "provisioning"
"""The first segment of every path of the API."""


def path_segments(path: str) -> list[str]:
    """Return a path's segments from the API's root on, without a stage or base path before it.

    Empty segments are left out: some clients join a base URL that ends in a slash with a path.
    """
    segments = [segment for segment in path.split("/") if segment]
    return segments[segments.index(ROOT) :] if ROOT in segments else []


def base_path(event: Event) -> str:
    """Return what the client's path has before the API's root: a stage or base path, or ""."""
    requested: str = event.get("requestContext", {}).get("path") or event["path"]
    return requested.partition(f"/{ROOT}/")[0].rstrip("/")


def request_id(event: Event) -> str | None:
    """Return API Gateway's id of the request."""
    found: str | None = event.get("requestContext", {}).get("requestId")
    return found


def decoded_id(segment: str) -> str:
    """Return the id in a path segment.

    Raises:
        NotFoundError: It cannot be an id, so nothing has it.
    """
    try:
        identifier = unquote(segment, errors="strict")
    except UnicodeDecodeError:
        raise NotFoundError from None
    if not identifier.strip() or len(identifier) > MAXIMUM_LENGTH:
        raise NotFoundError
    return identifier


def header(event: Event, name: str) -> str:
    """Return a header by its name in lower case, or ""."""
    headers = event.get("headers") or {}
    return next((value for key, value in headers.items() if key.lower() == name), "")


def api_key(event: Event) -> str:
    """Return the secret in the header ``Authorization: App <secret>``.

    Raises:
        UnauthorizedError: There is none.
    """
    scheme, _, secret = header(event, "authorization").strip().partition(" ")
    if scheme.lower() != "app" or not secret.strip():
        raise UnauthorizedError
    return secret.strip()


def query(event: Event, model: type[Model]) -> dict[str, str]:
    """Return the parameters of the query string that a model has; others are ignored.

    Raises:
        InvalidError: One of them is repeated.
    """
    given: Mapping[str, list[str]] = event.get("multiValueQueryStringParameters") or {
        name: [value] for name, value in (event.get("queryStringParameters") or {}).items()
    }
    known = {info.alias or name for name, info in model.model_fields.items()}
    if repeated := sorted(name for name in known & given.keys() if len(given[name]) > 1):
        raise InvalidError({name: ["must not be repeated"] for name in repeated})
    return {name: given[name][0] for name in known & given.keys()}


def body(event: Event, largest: int, *, forms: bool) -> object:
    """Return the document in the body.

    Args:
        event: The event.
        largest: Bytes that the body may have.
        forms: Whether it may be a form.

    Raises:
        InvalidError: The body is too large, of another media type, or not valid.
    """
    content_type = header(event, "content-type")
    media_type = content_type.partition(";")[0].strip().lower() or JSON
    accepted = [JSON, FORM] if forms else [JSON]
    if media_type not in accepted:
        raise InvalidError({"Content-Type": [f"must be {' or '.join(accepted)}"]})
    raw = _raw_body(event)
    if len(raw) > largest:
        raise InvalidError({"body": [f"size must be between 1 and {largest} bytes"]})
    return read_json(raw) if media_type == JSON else read_form(raw, content_type)


def _raw_body(event: Event) -> bytes:
    text: str = event.get("body") or ""
    try:
        return base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
    except ValueError:  # Not base64, other characters than its own, or lone surrogates.
        raise InvalidError({"body": ["must be valid JSON"]}) from None
