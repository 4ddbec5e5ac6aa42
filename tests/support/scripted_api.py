"""An API that answers by script, and helpers to write the script."""

import contextlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple

_NUMBERS = "/provisioning/1/associations?resourceType=NUMBER&size=1000"
"""What the client reads to compare spellings; it is answered beside the script."""
_KEY = "/provisioning/1/current-api-key"
"""What the client reads to say that it sees only a part; it is answered beside the script."""


class Sent(NamedTuple):
    """A request."""

    method: str
    path: str
    headers: dict[str, str]
    body: Any


class ScriptedApi:
    """An API that answers by script, and remembers what it was sent.

    Attributes:
        url: Its base URL.
        script: The answers to come: statuses, headers and documents.
        sent: The requests so far.
        numbers: The associations of numbers, which the client compares with new ones.
        key: The API key, as its own route shows it.
        held: Set once a request is left without an answer.
    """

    def __init__(self, url: str) -> None:
        """Start without a script."""
        self.url = url
        self.script: list[tuple[int, dict[str, str], Any]] = []
        self.sent: list[Sent] = []
        self.numbers: list[dict[str, str]] = []
        self.key: dict[str, Any] = {"scopes": []}
        self.held = threading.Event()
        self._released = threading.Event()

    def then(self, status: int, content: Any = None, **headers: str) -> None:
        """Add an answer; bytes are sent as they are, other content as JSON."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.script.append((status, named, content))

    def drop(self) -> None:
        """Close the connection of the next request without an answer."""
        self.script.append((-1, {}, None))

    def hold(self) -> None:
        """Leave requests after the script so far without an answer, until they are released."""
        self.script.append((0, {}, None))

    def release(self) -> None:
        """Answer what was held."""
        self._released.set()

    def answer(self, sent: Sent) -> tuple[int, dict[str, str], Any]:
        """Return the answer to a request."""
        if (sent.method, sent.path) == ("GET", _NUMBERS):
            return 200, {}, page(self.numbers)
        if (sent.method, sent.path) == ("GET", _KEY):
            return 200, {}, self.key
        self.sent.append(sent)
        found = self.script.pop(0)
        if found[0] == 0:
            self.held.set()
            self._released.wait()
            return 500, {}, None
        return found


@contextmanager
def scripted_api() -> Iterator[ScriptedApi]:
    """Serve an API for the length of a with block."""

    class Handler(BaseHTTPRequestHandler):
        def respond(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.loads(raw) if raw else None
            sent = Sent(self.command, self.path, dict(self.headers), body)
            status, headers, content = api.answer(sent)
            if status < 0:
                self.close_connection = True
                return
            text = content if isinstance(content, bytes) else json.dumps(content).encode()
            text = b"" if content is None else text
            self.send_response_only(status)
            for name, value in (headers | {"Content-Length": str(len(text))}).items():
                self.send_header(name, value)
            with contextlib.suppress(ConnectionError):  # the client has gone
                self.end_headers()
                self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = respond  # noqa: N815

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    api = ScriptedApi(f"http://127.0.0.1:{server.server_port}")
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def error(text: str, **problems: list[str]) -> dict[str, Any]:
    """Return an error in the contract's form."""
    told = {"messageId": "X", "text": text} | ({"validationErrors": problems} if problems else {})
    return {"requestError": {"serviceException": told}}


def page(results: list[Any], number: int = 0, pages: int = 1) -> dict[str, Any]:
    """Return a page of results."""
    paging = {"page": number, "size": 1000, "totalPages": pages, "totalResults": len(results)}
    return {"results": results, "paging": paging}


def outcomes(*statuses: int, action: str = "link", **more: Any) -> dict[str, Any]:
    """Return the outcomes of a bulk request; ``more`` is for those that are 429."""
    results = [
        {"action": action, "index": index, "status": status, **(more if status == 429 else {})}
        for index, status in enumerate(statuses)
    ]
    return {"results": results}


HEADER = ["resourceType", "channel", "applicationId", "entityId", "resourceId"]


def link(resource_id: str) -> dict[str, str]:
    """Return an association of a number."""
    return {
        "resourceType": "NUMBER",
        "channel": "SMS",
        "applicationId": "shop",
        "resourceId": resource_id,
    }
