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
from provisioning.shapes.documents import JSON, read_json
from provisioning.shapes.fields import MAXIMUM_LENGTH, Model
from provisioning.shapes.forms import FORM, read_form

Event = Mapping[str, Any]
"""An API Gateway REST API proxy event (payload format 1.0)."""

_REPLACEMENT = "\ufffd"

ROOT = "provisioning"
"""The first segment of every path of the API."""


def path_segments(event: Event) -> list[str]:
    """Return the segments of a request's path from the API's root on, percent-encoded.

    What comes before the root is the base path of a custom domain, or nothing. The root is found by
    the number of segments that the resource has, because a base path may have the root's name.
    Empty segments are left out: some clients join a base URL that ends in a slash with a path.
    """
    segments = _segments(event["path"])
    expected = _resource_length(event)
    if expected is not None:
        return segments[-expected:]
    return segments[segments.index(ROOT) :] if ROOT in segments else []


def _resource_length(event: Event) -> int | None:
    """Return how many segments the path has from the root on, by what API Gateway matched."""
    resource = _segments(event.get("resource") or "")
    if not resource or resource[0] != ROOT:
        return None
    if not resource[-1].endswith("+}"):
        return len(resource)
    rest = (event.get("pathParameters") or {}).get(resource[-1].strip("{+}"))
    return None if rest is None else len(resource) - 1 + len(_segments(rest))


def _segments(path: str) -> list[str]:
    return [segment for segment in path.split("/") if segment]


def base_path(event: Event) -> str:
    """Return what the client's path has before the API's root: a stage or base path, or ""."""
    requested = _segments(event.get("requestContext", {}).get("path") or event["path"])
    before = requested[: len(requested) - len(path_segments(event))]
    return "".join(f"/{segment}" for segment in before)


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


def header(event: Event, name: str) -> str | None:
    """Return a header by its name in lower case; None if the request does not have it.

    A header that is repeated is one list, in the order of its lines (RFC 9110, section 5.3).
    """
    lines = _header_lines(event, name)
    return ", ".join(lines) if lines else None


def single_header(event: Event, name: str) -> str | None:
    """Return a header that has one value, not a list, by its name in lower case; None without it.

    Raises:
        InvalidError: It is repeated with another value, so what the client means is unknown.
    """
    values = {value.strip() for value in _header_lines(event, name)}
    if len(values) > 1:
        raise InvalidError({name.title(): ["must not be repeated"]})
    return next(iter(values), None)


def _header_lines(event: Event, name: str) -> list[str]:
    repeated: Mapping[str, list[str]] = event.get("multiValueHeaders") or {
        key: [value] for key, value in (event.get("headers") or {}).items()
    }
    return [value for key, values in repeated.items() if key.lower() == name for value in values]


def api_key(event: Event) -> str:
    """Return the secret in the header ``Authorization: App <secret>``.

    Raises:
        UnauthorizedError: There is none.
    """
    scheme, _, secret = _authorization(event).partition(" ")
    if scheme.lower() != "app" or not secret.strip():
        raise UnauthorizedError
    return secret.strip()


def _authorization(event: Event) -> str:
    try:
        return single_header(event, "authorization") or ""
    except InvalidError:
        raise UnauthorizedError from None


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
    """Return the document in the body: JSON, or a form if ``forms``; of ``largest`` bytes at most.

    Raises:
        InvalidError: The body is too large, of another media type, or not valid.
    """
    content_type = single_header(event, "content-type") or ""
    media_type = content_type.partition(";")[0].strip().lower() or JSON
    accepted = [JSON, FORM] if forms else [JSON]
    if media_type not in accepted:
        raise InvalidError({"Content-Type": [f"must be {' or '.join(accepted)}"]})
    raw = _raw_body(event)
    if len(raw) > largest:
        raise InvalidError({"body": [f"size must be between 1 and {largest} bytes"]})
    return read_json(raw) if media_type == JSON else read_form(raw, content_type)


def _raw_body(event: Event) -> bytes:
    """Return the bytes of the body.

    A body whose media type API Gateway does not know as binary comes as text, with U+FFFD in place
    of each byte that is not UTF-8. So the character itself must be escaped there.
    """
    text: str = event.get("body") or ""
    if _REPLACEMENT in text:
        raise InvalidError({"body": ["must be UTF-8 (write the character U+FFFD as \\ufffd)"]})
    try:
        return base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
    except ValueError:  # Not base64, other characters than its own, or lone surrogates.
        raise InvalidError({"body": ["must be valid JSON"]}) from None
