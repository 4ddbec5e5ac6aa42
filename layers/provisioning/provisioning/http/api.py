"""Builds the handler of a function from its routes: what every request goes through.

A handler finds the route, authenticates, checks the scope, reads path, query and body, runs the
rule and answers in the contract's form. API Gateway has done its own routing before; the path is
matched here again because only the event's ``path`` is certain to be percent-encoded as the
client sent it, so that every id is decoded exactly once.
"""

from __future__ import annotations

import base64
import json
import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from provisioning.accounts import authentication, rate_limits
from provisioning.accounts.authentication import MANAGE, Principal
from provisioning.core import config
from provisioning.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ProvisioningError,
    RepeatedError,
    StaleError,
    ThrottledError,
    UnauthorizedError,
    UnavailableError,
)
from provisioning.core.log import MetricUnit, logger, metrics
from provisioning.core.origins import Origin
from provisioning.http import idempotency
from provisioning.shapes.documents import FORM, JSON, read_form, read_json
from provisioning.shapes.fields import MAXIMUM_LENGTH, Model, parse
from provisioning.table import dynamodb, versions
from provisioning.table.versions import ANY, Wanted

if TYPE_CHECKING:
    from provisioning.table.dynamodb import Write

Event = Mapping[str, Any]
"""An API Gateway REST API proxy event (payload format 1.0)."""
Answer = dict[str, Any]
"""What API Gateway expects back from a proxy integration."""

MAXIMUM_BODY = 64 * 1024
"""Bytes that the body of a single request may have; the longest valid one has about 12,000."""

VERSION = {"ETag": "The version, for If-Match"}
"""What the routes' descriptions say of the header by which an answer tells a version."""

_ROOT = "provisioning"
_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Content-Type": "application/json",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
}
_EXPOSED = (
    "ETag, Operation-Location, RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After"
)
"""The headers of answers that a page of the allowed origin may read."""
ERRORS: dict[type[ProvisioningError], tuple[int, str, str]] = {
    InvalidError: (400, "BAD_REQUEST", "Bad request"),
    UnauthorizedError: (401, "UNAUTHORIZED", "Unauthorized"),
    ForbiddenError: (403, "FORBIDDEN", "Forbidden"),
    NotFoundError: (404, "NOT_FOUND", "Not found"),
    ConflictError: (409, "CONFLICT", "Conflict"),
    StaleError: (412, "PRECONDITION_FAILED", "Precondition failed"),
    ThrottledError: (429, "TOO_MANY_REQUESTS", "Too many requests"),
    UnavailableError: (
        500,
        "GENERAL_ERROR",
        "Something went wrong. Please contact support.",
    ),
}
"""What each error is in HTTP: status, ``messageId`` and ``text`` of the contract."""


@dataclass(frozen=True)
class Request:
    """What a route's rule is given.

    Attributes:
        principal: Who asks.
        origin: What the items that it writes remember of it.
        path: The decoded ids of the path, by their names in the route.
        query: The query string, as the route's model.
        body: The JSON body, as the route's model.
        base: What the client's path has before the API's root: a stage or a base path, or "".
        wanted: The versions of what it changes that it is for.
        alongside: What to write in the transaction that carries it out.
        seconds_left: Tells how long the function may still run.
    """

    principal: Principal
    origin: Origin
    path: Mapping[str, str]
    query: Any
    body: Any
    base: str = ""
    wanted: Wanted = ANY
    alongside: tuple[Write, ...] = ()
    seconds_left: Callable[[], float] = lambda: math.inf

    def url(self, path: str) -> str:
        """Return the URL (a path to the same host) of what stands under the API's root."""
        return f"{self.base}/{_ROOT}/1/{path}"


@dataclass(frozen=True)
class Reply:
    """What a route's rule answers with: a JSON document, or nothing, and further headers.

    Its status is the route's for success, unless it says one of the route's further ones.
    """

    content: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    status: int | None = None


@dataclass(frozen=True)
class Route:
    """One operation of the API.

    Attributes:
        method: The HTTP method.
        path: The path, with the names of ids in braces.
        run: The rule that carries it out.
        success: The status when it does.
        further: Other statuses that its rule may answer with, in the same form.
        summary: What it does, in a few words; the docstring of ``run`` tells clients more.
        scope: What a key must be allowed.
        versioned: Whether its rule heeds ``If-Match``.
        repeatable: Whether its rule heeds ``Idempotency-Key``, by writing what is to be written
            alongside; its answer has no content and no headers of its own.
        bound: Whether its rule heeds what a key is bound to; where not, a bound key is refused.
        query: The shape of the query string.
        body: The shape of the JSON body.
        read: Reads the body as its shape.
        forms: Whether the body may be a form too: its fields are read as JSON members of the
            same names.
        largest: Bytes that the body may have.
        answer: The shape of the answer's JSON document.
        headers: What the answer's headers of its own tell, by their names.
        errors: What its rule may raise, beside what any request may meet: a bad key, throttling
            and failures; bad input where it has a query or a body; an unknown id in its path.
        refused: Ids that its path must not have: the rule raises InvalidError.
    """

    method: str
    path: str
    run: Callable[[Request], Reply]
    success: int
    summary: str
    scope: str = MANAGE
    query: type[Model] | None = None
    body: type[Model] | None = None
    read: Callable[[type[Model], object], Any] = parse
    forms: bool = False
    largest: int = MAXIMUM_BODY
    answer: type[Model] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    errors: tuple[type[ProvisioningError], ...] = ()
    refused: frozenset[str] = frozenset()
    bound: bool = False
    versioned: bool = False
    repeatable: bool = False
    further: tuple[int, ...] = ()

    def match(self, segments: Sequence[str]) -> dict[str, str] | None:
        """Return the ids, still encoded, if these are the segments of this route's path."""
        expected = _segments(self.path)
        if len(expected) != len(segments):
            return None
        ids: dict[str, str] = {}
        for name, segment in zip(expected, segments, strict=True):
            if name.startswith("{"):
                ids[name.strip("{}")] = segment
            elif name != segment:
                return None
        return ids


Handler = Callable[[dict[str, Any], Any], Answer]


def build(routes: Sequence[Route]) -> Handler:
    """Return the handler of a function that serves these routes.

    Args:
        routes: The operations of one resource type.

    Returns:
        A Lambda handler for API Gateway REST API proxy events, which never raises.
    """

    def handle(event: dict[str, Any], context: Any) -> Answer:
        started = time.perf_counter()
        dynamodb.usage.reset()
        answer = _answer(routes, event, context)
        _record(event, answer["statusCode"], time.perf_counter() - started)
        return answer

    _prepare(routes)
    handler: Handler = metrics.log_metrics(handle)
    return logger.inject_lambda_context(handler, clear_state=True)


def _prepare(routes: Sequence[Route]) -> None:
    """Do what the first request would have to: a function has more processor time to start."""
    dynamodb.prepare()
    for route in routes:
        for shape in (route.query, route.body):
            if shape is not None:
                shape.model_rebuild()


def _answer(routes: Sequence[Route], event: Event, context: Any) -> Answer:
    rate: dict[str, str] = {}
    answer = _run_or_fail(routes, event, context, rate)
    answer["headers"] |= rate | _for_pages()
    return answer


def _run_or_fail(
    routes: Sequence[Route], event: Event, context: Any, rate: dict[str, str]
) -> Answer:
    try:
        return _run(routes, event, context, rate)
    except ProvisioningError as error:
        if isinstance(error, UnavailableError):
            logger.exception("The table failed")
        return error_answer(error)
    except Exception:  # noqa: BLE001 - whatever it is, the client gets the contract's error
        logger.exception("The request failed")
        return error_answer(UnavailableError())


def _run(routes: Sequence[Route], event: Event, context: Any, rate: dict[str, str]) -> Answer:
    """Run a request; ``rate`` gets the headers that its answer has whatever becomes of it."""
    route, encoded_ids = _find(routes, event)
    principal = authentication.authenticate(_api_key(event))
    logger.append_keys(account=principal.account_id, key_id=principal.key_id)
    rate.update(rate_limits.admit(principal))
    if not principal.may(route.scope) or not (route.bound or principal.binding.is_open):
        raise ForbiddenError
    document = _body(route, event) if route.body else None
    request = Request(
        principal,
        Origin(principal.key_id, event.get("requestContext", {}).get("requestId")),
        path={name: _decoded(value) for name, value in encoded_ids.items()},
        query=parse(route.query, _query(route.query, event)) if route.query else None,
        body=route.read(route.body, document) if route.body else None,
        base=_base(event),
        wanted=versions.wanted(_header(event, "if-match")) if route.versioned else ANY,
        seconds_left=lambda: context.get_remaining_time_in_millis() / 1000,
    )
    client_key = _header(event, "idempotency-key").strip() if route.repeatable else ""
    try:
        if client_key:
            retry = idempotency.of(principal, route.path, client_key, document)
            reply = _run_once(route, request, retry)
        else:
            reply = route.run(request)
    finally:
        rate_limits.charge(principal, dynamodb.usage.read_units)
    content = "" if reply.content is None else _json(reply.content)
    status = reply.status or route.success
    return {"statusCode": status, "headers": {**_HEADERS, **reply.headers}, "body": content}


def _run_once(route: Route, request: Request, retry: idempotency.Retry) -> Reply:
    """Run a request, unless it was carried out before: the answer is then the same again."""
    if retry.answered():
        return Reply()
    try:
        return route.run(replace(request, alongside=(retry.write(),)))
    except RepeatedError:
        if retry.answered():
            return Reply()
        raise ThrottledError from None


def _for_pages() -> dict[str, str]:
    """Return the headers that let a page of the allowed origin read the answer, if there is one.

    Preflights never get here: the gateway answers them.
    """
    origin = config.cors_origin()
    if not origin:
        return {}
    return {"Access-Control-Allow-Origin": origin, "Access-Control-Expose-Headers": _EXPOSED}


# --- reading the event ------------------------------------------------------------------------


def _segments(path: str) -> list[str]:
    """Return a path's segments from the API's root on; before it stand a stage or a base path.

    Empty ones are left out: some clients join a base URL that ends in a slash with a path.
    """
    segments = [segment for segment in path.split("/") if segment]
    return segments[segments.index(_ROOT) :] if _ROOT in segments else []


def _base(event: Event) -> str:
    requested: str = event.get("requestContext", {}).get("path") or event["path"]
    return requested.partition(f"/{_ROOT}/")[0].rstrip("/")


def _find(routes: Sequence[Route], event: Event) -> tuple[Route, dict[str, str]]:
    segments = _segments(event["path"])
    for route in routes:
        ids = route.match(segments)
        if ids is not None and route.method == event["httpMethod"]:
            return route, ids
    raise NotFoundError


def _decoded(segment: str) -> str:
    """Return the id of a path segment; what cannot be an id does not exist."""
    try:
        identifier = unquote(segment, errors="strict")
    except UnicodeDecodeError:
        raise NotFoundError from None
    if not identifier.strip() or len(identifier) > MAXIMUM_LENGTH:
        raise NotFoundError
    return identifier


def _header(event: Event, name: str) -> str:
    headers = event.get("headers") or {}
    return next((value for key, value in headers.items() if key.lower() == name), "")


def _api_key(event: Event) -> str:
    scheme, _, api_key = _header(event, "authorization").strip().partition(" ")
    if scheme.lower() != "app" or not api_key.strip():
        raise UnauthorizedError
    return api_key.strip()


def _query(model: type[Model], event: Event) -> dict[str, str]:
    given: Mapping[str, list[str]] = event.get("multiValueQueryStringParameters") or {
        name: [value] for name, value in (event.get("queryStringParameters") or {}).items()
    }
    known = {info.alias or name for name, info in model.model_fields.items()}
    if repeated := sorted(name for name in known & given.keys() if len(given[name]) > 1):
        raise InvalidError({name: ["must not be repeated"] for name in repeated})
    return {name: given[name][0] for name in known & given.keys()}


def _body(route: Route, event: Event) -> object:
    content_type = _header(event, "content-type")
    media_type = content_type.partition(";")[0].strip().lower() or JSON
    taken = [JSON, FORM] if route.forms else [JSON]
    if media_type not in taken:
        raise InvalidError({"Content-Type": [f"must be {' or '.join(taken)}"]})
    raw = _raw_body(event)
    if len(raw) > route.largest:
        raise InvalidError({"body": [f"size must be between 1 and {route.largest} bytes"]})
    return read_json(raw) if media_type == JSON else read_form(raw, content_type)


def _raw_body(event: Event) -> bytes:
    body: str = event.get("body") or ""
    try:
        return base64.b64decode(body) if event.get("isBase64Encoded") else body.encode()
    except ValueError:  # No base64, other characters than its own, or lone surrogates.
        raise InvalidError({"body": ["must be valid JSON"]}) from None


# --- answering --------------------------------------------------------------------------------


def _json(content: Mapping[str, Any]) -> str:
    """Return a document that UTF-8 can hold, whatever member of a bad request it names."""
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    return text.encode(errors="replace").decode()


def error_answer(error: ProvisioningError) -> Answer:
    """Return what a client is told of an error: the contract's envelope, and no internals."""
    status, envelope = failure(error)
    headers = dict(_HEADERS)
    if isinstance(error, ThrottledError):
        headers |= {"Retry-After": str(error.retry_after), **error.headers}
    return {"statusCode": status, "headers": headers, "body": _json(envelope)}


def failure(error: ProvisioningError) -> tuple[int, dict[str, Any]]:
    """Return the status of an error, and the contract's envelope with what is told of it."""
    kind = next(kind for kind in type(error).__mro__ if kind in ERRORS)
    status, message_id, text = ERRORS[kind]
    details: dict[str, Any] = {"messageId": message_id, "text": text}
    if isinstance(error, ConflictError):
        details["text"] = str(error)
    if isinstance(error, InvalidError | ThrottledError) and error.problems:
        details["validationErrors"] = error.problems
    return status, {"requestError": {"serviceException": details}}


def _record(event: Event, status: int, seconds: float) -> None:
    """Log one line for the request, without ids or names of the customer's, and its metrics."""
    usage = dynamodb.usage
    logger.info(
        "%s %s %d",
        event.get("httpMethod"),
        event.get("resource"),
        status,
        extra={
            "request_id": event.get("requestContext", {}).get("requestId"),
            "status": status,
            "milliseconds": round(seconds * 1000, 1),
            "calls": usage.calls,
            "read_units": usage.read_units,
            "write_units": usage.write_units,
        },
    )
    metrics.add_metric("ReadUnits", MetricUnit.Count, usage.read_units)
    metrics.add_metric("WriteUnits", MetricUnit.Count, usage.write_units)
