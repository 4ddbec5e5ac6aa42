"""Builds the handler of a function from its routes.

A handler finds the route, authenticates, checks the scope, parses path, query and body, runs the
rule and responds in the contract's form.
"""

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from provisioning.accounts import authentication, rate_limits
from provisioning.accounts.principals import Principal
from provisioning.aws import bounds
from provisioning.core.errors import (
    ForbiddenError,
    NotFoundError,
    ProvisioningError,
    RepeatedError,
    ThrottledError,
    UnavailableError,
)
from provisioning.core.if_match import ANY
from provisioning.core.log import MetricUnit, logger, metrics
from provisioning.core.origins import Origin
from provisioning.http import etags, events, idempotency
from provisioning.http.events import Event
from provisioning.http.responses import Response, cors_headers, error_response, response
from provisioning.http.routes import Reply, Request, Route
from provisioning.shapes.fields import parse
from provisioning.table import dynamodb

REQUEST_GARBAGE = 5_000
"""Objects that requests may leave behind before they are collected."""

Handler = Callable[[dict[str, Any], Any], Response]


def build(routes: Sequence[Route]) -> Handler:
    """Return the handler of a function that serves these routes.

    Returns:
        A Lambda handler for API Gateway REST API proxy events, which never raises.
    """

    def handle(event: dict[str, Any], context: Any) -> Response:
        started = time.perf_counter()
        dynamodb.usage.reset()
        with bounds.client_waiting():
            answer = _respond(routes, event, context)
        _record(event, answer["statusCode"], time.perf_counter() - started)
        return answer

    _prepare(routes)
    handler: Handler = metrics.log_metrics(handle)
    return logger.inject_lambda_context(handler, clear_state=True)


def _prepare(routes: Sequence[Route]) -> None:
    """Do the work of the first request now: Lambda gives a starting function more CPU."""
    dynamodb.prepare()
    for route in routes:
        for shape in (route.query, route.body):
            if shape is not None:
                shape.model_rebuild()
    # botocore leaves cycles behind each call: collect them soon, without a look at what stays.
    gc.freeze()
    gc.set_threshold(REQUEST_GARBAGE)


def _respond(routes: Sequence[Route], event: Event, context: Any) -> Response:
    rate: dict[str, str] = {}
    answer = _run_or_fail(routes, event, context, rate)
    answer["headers"] |= rate | cors_headers()
    return answer


def _run_or_fail(
    routes: Sequence[Route], event: Event, context: Any, rate: dict[str, str]
) -> Response:
    newer = any(route.newer_errors for route in routes)
    try:
        return _run(routes, event, context, rate)
    except ProvisioningError as error:
        if isinstance(error, UnavailableError):
            logger.exception("DynamoDB or SQS failed")
        return error_response(error, newer=newer)
    except Exception:  # noqa: BLE001 - the client gets the contract's error whatever it is
        logger.exception("The request failed")
        return error_response(UnavailableError(), newer=newer)


def _run(routes: Sequence[Route], event: Event, context: Any, rate: dict[str, str]) -> Response:
    """Run a request. The rate limit's headers go to ``rate``, as failures have them too."""
    route, encoded_ids = _find(routes, event)
    principal = authentication.authenticate(events.api_key(event))
    logger.append_keys(account=principal.account_id, key_id=principal.key_id)
    rate.update(rate_limits.admit(principal))
    if not principal.may(route.scope) or not (route.bound or principal.binding.is_open):
        raise ForbiddenError
    if route.rebinds:
        principal = authentication.with_present_binding(principal)
    document = events.body(event, route.largest, forms=route.forms) if route.body else None
    request = _request(route, event, principal, encoded_ids, document)
    rate_limits.charge(principal, route.tokens(request) - 1)
    request = replace(request, seconds_left=lambda: context.get_remaining_time_in_millis() / 1000)
    idempotency_key = events.single_header(event, "idempotency-key")
    try:
        reply = _reply(route, request, document, idempotency_key)
    finally:
        rate_limits.charge(principal, rate_limits.tokens_for(dynamodb.usage.read_units))
    return response(reply.status or route.success, reply.headers, reply.content)


def _find(routes: Sequence[Route], event: Event) -> tuple[Route, dict[str, str]]:
    segments = events.path_segments(event)
    for route in routes:
        ids = route.match(segments)
        if ids is not None and route.method == event["httpMethod"]:
            return route, ids
    raise NotFoundError


def _request(
    route: Route, event: Event, principal: Principal, encoded_ids: dict[str, str], document: object
) -> Request:
    """Return a request with its parts parsed as the route says."""
    return Request(
        principal,
        Origin(principal.key_id, events.request_id(event)),
        path={name: events.decoded_id(segment) for name, segment in encoded_ids.items()},
        query=parse(route.query, events.query(event, route.query)) if route.query else None,
        body=route.read(route.body, document) if route.body else None,
        base=events.base_path(event),
        if_match=etags.parse(events.header(event, "if-match")) if route.versioned else ANY,
    )


def _reply(route: Route, request: Request, document: object, idempotency_key: str | None) -> Reply:
    """Run a request, unless its ``Idempotency-Key`` shows that it was carried out before."""
    if not route.repeatable or idempotency_key is None:
        return route.run(request)
    retry = idempotency.of(request.principal, route.path, idempotency_key, document)
    if retry.was_answered():
        return Reply()
    try:
        return route.run(replace(request, alongside=(retry.write(),)))
    except RepeatedError:
        if retry.was_answered():
            return Reply()
        raise ThrottledError from None


def _record(event: Event, status: int, seconds: float) -> None:
    """Log one line for the request, without the customer's ids or names, and its metrics."""
    usage = dynamodb.usage
    logger.info(
        "%s %s %d",
        event.get("httpMethod"),
        event.get("resource"),
        status,
        extra={
            "request_id": events.request_id(event),
            "status": status,
            "milliseconds": round(seconds * 1000, 1),
            "calls": usage.calls,
            "read_units": usage.read_units,
            "write_units": usage.write_units,
        },
    )
    metrics.add_metric("ReadUnits", MetricUnit.Count, usage.read_units)
    metrics.add_metric("WriteUnits", MetricUnit.Count, usage.write_units)
