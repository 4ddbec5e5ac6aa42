"""Takes requests through the gateway: route, function, reply."""

import json
import re
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from local.console import Console
from local.gateway import replies
from local.gateway.events import Call, event
from local.gateway.http import Reply, Request
from local.gateway.replies import GatewayResponses, MalformedError, Problem
from local.gateway.routes import Route, Router
from local.resources import Api
from local.settings import LocalError
from local.worker import Answer

_INTEGRATION_SECONDS: Final = 29.0
_MAX_CALLS: Final = 256
_FUNCTION: Final = re.compile(r"/functions/(.+)/invocations$")
_BINARY_TYPES: Final = "x-amazon-apigateway-binary-media-types"


class Gateway:
    """Answers requests as the REST API of a template does."""

    def __init__(
        self,
        api: Api,
        function_named: Callable[[str], str],
        invoke: Callable[[str, bytes], Answer],
        console: Console,
    ) -> None:
        """Read the API's routes.

        Args:
            api: The API.
            function_named: Returns the logical id of the function with an ARN.
            invoke: Invokes the function with a logical id, with an event as JSON.
            console: Shows each request.

        Raises:
            LocalError: The API has something that is not supported.
        """
        self._binary_types = frozenset(api.document.get(_BINARY_TYPES, ()))
        if any("*" in media_type for media_type in self._binary_types):
            message = "the local gateway does not support binary media types with *"
            raise LocalError(message)
        self._router = Router(api.document)
        self._responses = GatewayResponses(api.document)
        self._stage: str = api.stage["StageName"]
        self._invoke = invoke
        self._console = console
        self._targets = _targets(self._router.routes, function_named)
        self._calls = ThreadPoolExecutor(_MAX_CALLS)

    @property
    def functions(self) -> list[str]:
        """Logical ids of the functions behind the routes."""
        return sorted(set(self._targets.values()))

    def function_for(self, method: str, path: str) -> str | None:
        """Return the logical id of the function behind a route, None if there is none."""
        match = self._router.match(method, path)
        return match and self._targets.get(match[0].integration.get("uri", ""))

    def handle(self, request: Request) -> Reply:
        """Answer a request with the function's reply, or the gateway's own."""
        call = Call(request, self._stage)
        outcome = self._answer(call)
        reply = self._responses.reply(outcome) if isinstance(outcome, Problem) else outcome
        named = Reply(reply.status, [*reply.headers, ("x-amzn-RequestId", call.id)], reply.body)
        self._console.request(call, named)
        return named

    def refuse(self, status: int, peer: str) -> Reply:
        """Answer a request that is not valid HTTP, for the reason of a status, to an address."""
        problem = {413: replies.TOO_LARGE, 502: replies.FAILURE}.get(status, replies.BAD_HTTP)
        reply = self._responses.reply(problem)
        self._console.request(Call(Request("-", "/", [], b"", peer), self._stage), reply)
        return reply

    def close(self) -> None:
        """Invoke nothing more."""
        self._calls.shutdown(wait=False, cancel_futures=True)

    def _answer(self, call: Call) -> Reply | Problem:
        match = self._router.match(call.request.method, call.path)
        if match is None:
            return replies.NO_ROUTE
        route, parameters = match
        if route.integration["type"] == "mock":
            return replies.from_mock(route.integration)
        payload = json.dumps(event(call, route.resource, parameters, self._binary_types)).encode()
        if len(payload) > replies.MAX_PAYLOAD_BYTES:
            return replies.TOO_LARGE
        return self._call_function(self._targets[route.integration["uri"]], payload)

    def _call_function(self, function: str, payload: bytes) -> Reply | Problem:
        future = self._calls.submit(self._invoke, function, payload)
        try:
            return replies.from_answer(future.result(_INTEGRATION_SECONDS))
        except TimeoutError:
            return replies.TIMEOUT
        except MalformedError as error:
            self._console.note(f"{function}: {error}")
            return replies.FAILURE


def _targets(routes: Iterable[Route], function_named: Callable[[str], str]) -> dict[str, str]:
    """Map the URI of each integration to its function's logical id."""
    found = {}
    for route in routes:
        kind, uri = route.integration["type"], route.integration.get("uri", "")
        function = _FUNCTION.search(uri)
        if kind == "aws_proxy" and function:
            found[uri] = function_named(function[1])
        elif kind != "mock":
            message = f"{route.resource}: the local gateway does not support the integration {kind}"
            raise LocalError(message)
    return found
