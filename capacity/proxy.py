"""The proxy: speaks DynamoDB's protocol to clients and to the engine.

``GET /capacity`` returns the statistics, ``DELETE /capacity`` resets them, and ``PUT /capacity``
with the text of ``CAPACITY`` changes the limits.
"""

import json
import threading
from contextlib import closing
from typing import Final

import urllib3

from capacity.model import Answer, Model
from capacity.settings import Capacity
from local.gateway.http import Reply, Request, Server
from local.service import HOST
from local.settings import LocalError

CONNECTIONS: Final = 64
CONTROL: Final = "/capacity"
_DYNAMODB: Final = "DynamoDB_20120810."


class Proxy:
    """Listens for calls and answers them as the model says.

    Attributes:
        model: The table's capacity.
    """

    def __init__(self, upstream: str, capacity: Capacity, port: int = 0) -> None:
        """Listen on a port; nothing is answered before ``start``.

        Args:
            upstream: The engine's endpoint.
            capacity: The limits.
            port: Port to listen on; any free one if 0.

        Raises:
            LocalError: The port is in use.
        """
        self._upstream = upstream
        self._pool = urllib3.PoolManager(maxsize=CONNECTIONS, retries=False)
        self._caller = threading.local()
        self._server = Server(HOST, port)
        self.model = Model(capacity, self._forward)

    @property
    def endpoint(self) -> str:
        """Its base URL."""
        return f"http://{HOST}:{self._server.port}"

    def start(self) -> None:
        """Answer from now on."""
        self._server.start(self._handle, lambda status, _: Reply(status, []))

    def stop(self) -> None:
        """Stop answering."""
        self._server.stop()
        self._pool.clear()

    def _handle(self, request: Request) -> Reply:
        headers = {name.lower(): value for name, value in request.headers}
        service, _, operation = headers.get("x-amz-target", "").rpartition(".")
        if request.target == CONTROL:
            return self._control(request)
        if service + "." != _DYNAMODB:
            return self._pass(request, headers)
        # The engine chooses the database by the access key and region that signed a call.
        self._caller.headers = _kept(headers)
        try:
            answer = self.model.answer(operation, json.loads(request.body))
        except urllib3.exceptions.HTTPError:
            return Reply(502, [])
        return _reply(answer)

    def _forward(self, operation: str, document: dict[str, object]) -> Answer:
        response = self._pool.request(
            "POST",
            self._upstream + "/",
            body=json.dumps(document, separators=(",", ":")).encode(),
            headers={**self._caller.headers, "X-Amz-Target": _DYNAMODB + operation},
        )
        return Answer(response.status, json.loads(response.data or b"{}"))

    def _pass(self, request: Request, headers: dict[str, str]) -> Reply:
        """Forward calls that use no capacity: streams, the table's definition."""
        response = self._pool.request(
            request.method,
            self._upstream + request.target,
            body=request.body,
            headers=_kept(headers) | {"X-Amz-Target": headers.get("x-amz-target", "")},
        )
        return Reply(response.status, [("Content-Type", _JSON)], response.data)

    def _control(self, request: Request) -> Reply:
        if request.method == "DELETE":
            self.model.forget()
        elif request.method == "PUT":
            try:
                self.model.allow(Capacity.read(request.body.decode()))
            except LocalError as error:
                return Reply(400, [], str(error).encode())
        return _reply(Answer(200, self.model.statistics.document()))


_JSON: Final = "application/x-amz-json-1.0"


def _kept(headers: dict[str, str]) -> dict[str, str]:
    """Return the headers of a call that its engine reads."""
    kept = ("authorization", "x-amz-date", "x-amz-security-token")
    return {"Content-Type": _JSON} | {name: headers[name] for name in kept if name in headers}


def _reply(answer: Answer) -> Reply:
    body = json.dumps(answer.document, separators=(",", ":")).encode()
    return Reply(answer.status, [("Content-Type", _JSON)], body)


def control(endpoint: str, method: str = "GET", text: str = "") -> dict[str, dict[str, float]]:
    """Return the statistics of a proxy in another process, after resetting them or its limits.

    Args:
        endpoint: The proxy's.
        method: GET, DELETE or PUT, as the module says.
        text: What ``CAPACITY`` would say.
    """
    with closing(urllib3.PoolManager().request(method, endpoint + CONTROL, body=text)) as response:
        statistics: dict[str, dict[str, float]] = response.json()
        return statistics
