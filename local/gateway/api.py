"""Takes requests through the gateway: route, function, reply."""

import concurrent.futures
import json
import re
from collections.abc import Callable, Iterable
from typing import Final, Protocol

from local.gateway import replies
from local.gateway.events import Call, event
from local.gateway.http import Reply, Request
from local.gateway.replies import JSON, GatewayResponses, MalformedError, Problem
from local.gateway.routes import Match, Route, Router
from local.gateway.throttle import Throttle
from local.resources import Api
from local.settings import LocalError
from local.worker import Answer

INTEGRATION_SECONDS: Final = 29.0
MAX_EVENT_BYTES: Final = 6 * 1024 * 1024
"""What Lambda takes and gives in one invocation."""
CALLS: Final = 256
"""How many requests may be under way at once."""
FUNCTION: Final = re.compile(r"/functions/(.+)/invocations$")
BINARY_TYPES: Final = "x-amazon-apigateway-binary-media-types"

Invoke = Callable[[str, bytes], Answer]


class Journal(Protocol):
    """Where the gateway tells what happens."""

    def request(self, call: Call, reply: Reply) -> None:
        """Take note of a request and what it was answered."""

    def note(self, text: str) -> None:
        """Take note of anything else."""


class Gateway:
    """Answers requests as the REST API of a template would."""

    def __init__(
        self,
        api: Api,
        function_named: Callable[[str], str],
        invoke: Invoke,
        journal: Journal,
        throttle: Throttle | None = None,
    ) -> None:
        """Read the API's routes.

        Args:
            api: The API.
            function_named: Gives the logical id of the function with an ARN.
            invoke: Invokes the function with a logical id, with an event as JSON.
            journal: Told of each request.
            throttle: Limits requests; none if None.

        Raises:
            LocalError: A route leads to something other than a function.
        """
        self._router = Router(api.document)
        self._responses = GatewayResponses(api.document)
        self._binary_types = api.document.get(BINARY_TYPES, ())
        self._stage: str = api.stage["StageName"]
        self._invoke = invoke
        self._journal = journal
        self._throttle = throttle
        self._targets = targets(self._router.routes, function_named)
        self._calls = concurrent.futures.ThreadPoolExecutor(CALLS, "call")

    @property
    def functions(self) -> list[str]:
        """Logical ids of the functions that routes lead to."""
        return sorted(set(self._targets.values()))

    def function_for(self, method: str, path: str) -> str | None:
        """Find the function that answers a request: its logical id, None if none does."""
        match = self._router.match(method, path)
        return None if match is None else self._targets.get(match.route.integration.get("uri", ""))

    def handle(self, request: Request) -> Reply:
        """Answer a request.

        Args:
            request: The request.

        Returns:
            The function's reply, or the gateway's own.
        """
        call = Call(request, self._stage)
        reply = self._answer(call)
        named = Reply(reply.status, [*reply.headers, ("x-amzn-RequestId", call.id)], reply.body)
        self._journal.request(call, named)
        return named

    def refuse(self, status: int, peer: str) -> Reply:
        """Answer what is no proper request.

        Args:
            status: The HTTP status that says why.
            peer: The client's address.

        Returns:
            The gateway's own reply.
        """
        problem = {413: replies.TOO_LARGE, 502: replies.FAILURE}.get(status, replies.BAD_HTTP)
        call = Call(Request("-", "/", [], b"", peer), self._stage)
        reply = self._responses.reply(problem, call)
        self._journal.request(call, reply)
        return reply

    def close(self) -> None:
        """Begin nothing more."""
        self._calls.shutdown(wait=False, cancel_futures=True)

    def _answer(self, call: Call) -> Reply:
        if self._throttle is not None and not self._throttle.admits():
            return self._responses.reply(replies.THROTTLED, call)
        match = self._router.match(call.request.method, call.path)
        if match is None:
            return self._responses.reply(replies.NO_ROUTE, call)
        if match.route.integration["type"] == "mock":
            return mock(match.route)
        outcome = self._call_function(call, match)
        if isinstance(outcome, Problem):
            return self._responses.reply(outcome, call, match.route.resource)
        return outcome

    def _call_function(self, call: Call, match: Match) -> Reply | Problem:
        payload = json.dumps(event(call, match, self._binary_types)).encode()
        if len(payload) > MAX_EVENT_BYTES:
            return replies.TOO_LARGE
        function = self._targets[match.route.integration["uri"]]
        future = self._calls.submit(self._invoke, function, payload)
        try:
            answer = future.result(INTEGRATION_SECONDS)
        except TimeoutError:
            return replies.TIMEOUT
        if len(answer.payload) > MAX_EVENT_BYTES:
            return replies.FAILURE
        try:
            return replies.from_answer(answer)
        except MalformedError as error:
            self._journal.note(f"{function}: {error}")
            return replies.FAILURE


def targets(routes: Iterable[Route], function_named: Callable[[str], str]) -> dict[str, str]:
    """Find the functions that routes lead to.

    Args:
        routes: The routes of an API.
        function_named: Gives the logical id of the function with an ARN.

    Returns:
        The function's logical id by the integration's URI.

    Raises:
        LocalError: A route leads to something other than a function.
    """
    found = {}
    for route in routes:
        kind = route.integration["type"]
        if kind == "mock":
            continue
        uri = FUNCTION.search(route.integration.get("uri", ""))
        if kind != "aws_proxy" or uri is None:
            message = f"{route.resource} leads to {kind}, which the local gateway does not know"
            raise LocalError(message)
        found[route.integration["uri"]] = function_named(uri[1])
    return found


def mock(route: Route) -> Reply:
    """Answer as a mock integration: its default response's status, headers and body."""
    response = route.integration.get("responses", {}).get("default", {})
    headers = [
        (name.removeprefix("method.response.header."), value.strip("'"))
        for name, value in response.get("responseParameters", {}).items()
    ]
    body = response.get("responseTemplates", {}).get(JSON)
    content = [] if body is None else [("Content-Type", JSON)]
    return Reply(int(response.get("statusCode", 200)), [*content, *headers], (body or "").encode())
