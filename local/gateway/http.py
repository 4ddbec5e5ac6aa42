"""HTTP/1.1 for the gateway: targets and headers reach it exactly as they were sent.

The standard library's server does the protocol. Every request gets an answer in
the API's form, even one that is not valid HTTP.
"""

import contextlib
import os
import re
import socket
import socketserver
import sys
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.errors import FirstHeaderLineIsContinuationDefect, MissingHeaderBodySeparatorDefect
from http import HTTPStatus
from http.client import responses
from http.server import BaseHTTPRequestHandler
from typing import Any, Final

from local.settings import LocalError

MAX_BODY_BYTES: Final = 10 * 1024 * 1024
_MAX_LINE_BYTES: Final = 64 * 1024
_DRAINED_BYTES: Final = 4 * MAX_BODY_BYTES
"""How much of a refused body is still read, so that the client sees the answer."""
_IDLE_SECONDS: Final = 310.0
_DRAIN_SECONDS: Final = 2.0
_STOP_POLL_SECONDS: Final = 0.2
_TOKEN: Final = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TEXT: Final = re.compile(r"[^\r\n\0]*")
_CHUNK_SIZE: Final = re.compile(rb"[0-9A-Fa-f]{1,8}")
_INVALID_HEADERS: Final = (FirstHeaderLineIsContinuationDefect, MissingHeaderBodySeparatorDefect)
"""Other defects concern a multipart body, which the parser of headers never sees."""
_BODILESS: Final = frozenset({HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED})

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Request:
    """An HTTP request from an address (`peer`), its target and headers spelled as sent."""

    method: str
    target: str
    headers: Headers
    body: bytes
    peer: str


@dataclass(frozen=True)
class Reply:
    """An HTTP response; the server adds Content-Length and Connection to its headers."""

    status: int
    headers: Headers
    body: bytes = b""


_Handle = Callable[[Request], Reply]
_Refuse = Callable[[int, str], Reply]


class Server(socketserver.ThreadingTCPServer):
    """An HTTP server with one thread per connection."""

    allow_reuse_address = True
    block_on_close = False
    daemon_threads = True
    request_queue_size = 1024
    handle: _Handle
    refuse: _Refuse

    def __init__(self, host: str, port: int) -> None:
        """Bind the port, any free one if 0. Connections wait until `start` is called.

        Raises:
            LocalError: The port cannot be used.
        """
        self.connections: set[socket.socket] = set()
        self._started = False
        try:
            super().__init__((host, port), _Connection)
        except OSError as error:
            message = f"cannot listen on port {port}: {os.strerror(error.errno or 0)}"
            raise LocalError(message) from None
        self.port = int(self.server_address[1])

    def start(self, handle: _Handle, refuse: _Refuse) -> None:
        """Accept connections in a thread.

        Neither function may raise: `handle` answers a request, and `refuse` one that is not
        valid HTTP, given the fitting status and the client's address.
        """
        self.handle, self.refuse = handle, refuse
        self._started = True
        arguments = (_STOP_POLL_SECONDS,)
        threading.Thread(target=self.serve_forever, args=arguments, daemon=True).start()

    def stop(self) -> None:
        """Close the port and all connections; a second call changes nothing."""
        if self._started:
            self.shutdown()
        self.server_close()
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, *arguments: Any) -> None:
        """Ignore clients that closed the connection."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(*arguments)


class _RefusedError(Exception):
    """A request that cannot be accepted; its argument is the HTTP status."""


class _Connection(BaseHTTPRequestHandler):
    """The requests of one connection."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = _IDLE_SECONDS
    server: Server

    def setup(self) -> None:
        super().setup()
        self._peer = str(self.client_address[0])
        self.server.connections.add(self.connection)

    def finish(self) -> None:
        self.server.connections.discard(self.connection)
        super().finish()

    def __getattr__(self, name: str) -> Callable[[], None]:
        """Handle every method alike: the base class looks for `do_<METHOD>`."""
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a request that the base class cannot read."""
        del message, explain
        self._refuse(code)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Print nothing; the gateway logs requests."""

    def _answer(self) -> None:
        try:
            request = self._request()
        except _RefusedError as error:
            self._refuse(error.args[0])
            return
        if self.request_version != self.protocol_version:
            self.close_connection = True
        self._send(self.server.handle(request), head=request.method == "HEAD")

    def _request(self) -> Request:
        target = self.requestline.split()[1]  # self.path has lost a second slash at its start
        no_host = self.request_version == "HTTP/1.1" and "Host" not in self.headers
        invalid = any(isinstance(defect, _INVALID_HEADERS) for defect in self.headers.defects)
        if not target.isascii() or no_host or invalid:
            raise _RefusedError(HTTPStatus.BAD_REQUEST)
        return Request(self.command, target, self.headers.items(), self._body(), self._peer)

    def _body(self) -> bytes:
        encodings = self.headers.get_all("Transfer-Encoding", [])
        lengths = set(self.headers.get_all("Content-Length", []))
        if encodings:
            if [encoding.lower() for encoding in encodings] != ["chunked"]:
                raise _RefusedError(HTTPStatus.NOT_IMPLEMENTED)
            if lengths:
                raise _RefusedError(HTTPStatus.BAD_REQUEST)
            return self._chunks()
        length = lengths.pop() if lengths else "0"
        if lengths or not (length.isascii() and length.isdecimal()):
            raise _RefusedError(HTTPStatus.BAD_REQUEST)
        if len(length) > len(str(MAX_BODY_BYTES)) or int(length) > MAX_BODY_BYTES:
            raise _RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return self._exactly(int(length))

    def _chunks(self) -> bytes:
        body = bytearray()
        while size := self._chunk_size():
            if len(body) + size > MAX_BODY_BYTES:
                raise _RefusedError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            body += self._exactly(size)
            if self.rfile.readline(3) != b"\r\n":
                raise _RefusedError(HTTPStatus.BAD_REQUEST)
        while self.rfile.readline(_MAX_LINE_BYTES).strip():
            pass  # trailers
        return bytes(body)

    def _chunk_size(self) -> int:
        size = self.rfile.readline(_MAX_LINE_BYTES).partition(b";")[0].strip()
        if not _CHUNK_SIZE.fullmatch(size):
            raise _RefusedError(HTTPStatus.BAD_REQUEST)
        return int(size, 16)

    def _exactly(self, size: int) -> bytes:
        data = self.rfile.read(size)
        if len(data) < size:
            raise _RefusedError(HTTPStatus.BAD_REQUEST)
        return data

    def _refuse(self, status: int) -> None:
        """Answer a request that is not valid HTTP, and close the connection."""
        self.close_connection = True
        self._send(self.server.refuse(status, self._peer), head=False)
        self._drain()

    def _send(self, reply: Reply, *, head: bool) -> None:
        if not all(
            _TOKEN.fullmatch(name) and _TEXT.fullmatch(value) for name, value in reply.headers
        ):
            reply = self.server.refuse(HTTPStatus.BAD_GATEWAY, self._peer)
        headers = list(reply.headers)
        has_body = reply.status not in _BODILESS
        if has_body:
            headers.append(("Content-Length", str(len(reply.body))))
        if self.close_connection:
            headers.append(("Connection", "close"))
        status = f"HTTP/1.1 {reply.status} {responses.get(reply.status, '')}"
        lines = [status, *(f"{name}: {value}" for name, value in headers), "", ""]
        body = reply.body if has_body and not head else b""
        self.wfile.write("\r\n".join(lines).encode() + body)

    def _drain(self) -> None:
        """Read what the client still sends: a socket closed before that may lose the answer."""
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(_DRAIN_SECONDS)
        left = _DRAINED_BYTES
        while left > 0 and (received := self.connection.recv(_MAX_LINE_BYTES)):
            left -= len(received)
