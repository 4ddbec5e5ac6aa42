"""HTTP/1.1 for the gateway: what was sent arrives as it was sent.

h11 does the protocol; here are the sockets, a thread for each connection. No
request ends in a stack trace or a reset: what is not HTTP gets an answer too.
"""

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from http.client import responses
from typing import Final

import h11

from local.settings import LocalError

MAX_HEAD_BYTES: Final = 64 * 1024
MAX_BODY_BYTES: Final = 10 * 1024 * 1024
DRAINED_BYTES: Final = 4 * MAX_BODY_BYTES
"""How much of a body that is too large is read on, so that the client gets to see the answer."""
IDLE_SECONDS: Final = 310.0
DRAIN_SECONDS: Final = 2.0
BACKLOG: Final = 1024
RECEIVED_BYTES: Final = 64 * 1024

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Request:
    """A request as it came.

    Attributes:
        method: Its method.
        target: Its target, neither decoded nor normalised.
        headers: Names as written, and values.
        body: Its body; empty if there is none.
        peer: Address of the client.
    """

    method: str
    target: str
    headers: Headers
    body: bytes
    peer: str


@dataclass(frozen=True)
class Reply:
    """What is sent back.

    Attributes:
        status: Status code.
        headers: Names and values, without those that frame the body.
        body: The body.
    """

    status: int
    headers: Headers
    body: bytes = b""


class RefusedError(Exception):
    """A request that cannot be taken.

    Attributes:
        status: The HTTP status that says why.
    """

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


Handle = Callable[[Request], Reply]
Refuse = Callable[[int, str], Reply]


class Server:
    """Listens, and answers every connection in a thread of its own."""

    def __init__(self, host: str, port: int) -> None:
        """Start to listen, without accepting connections yet.

        Args:
            host: Address to listen on.
            port: Port to listen on; any free one if 0.

        Raises:
            LocalError: The port is in use.
        """
        self._open: set[socket.socket] = set()
        try:
            self._listener = socket.create_server((host, port), backlog=BACKLOG)
        except OSError as error:
            message = f"cannot listen on port {port}: {os.strerror(error.errno or 0)}"
            raise LocalError(message) from None

    @property
    def port(self) -> int:
        """The port it listens on."""
        return int(self._listener.getsockname()[1])

    def start(self, handle: Handle, refuse: Refuse) -> None:
        """Accept connections from now on.

        Args:
            handle: Answers a request; must not raise.
            refuse: Answers what is no proper request, given the status that
                says why and the client's address; must not raise.
        """
        threading.Thread(target=self._accept, args=(handle, refuse), daemon=True).start()

    def stop(self) -> None:
        """Accept no more, and close all connections."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _accept(self, handle: Handle, refuse: Refuse) -> None:
        while True:
            try:
                connection, address = self._listener.accept()
            except OSError:
                return
            conversation = Conversation(connection, str(address[0]), handle, refuse)
            threading.Thread(target=self._hold, args=(conversation,), daemon=True).start()

    def _hold(self, conversation: "Conversation") -> None:
        connection = conversation.connection
        self._open.add(connection)
        with connection, contextlib.suppress(OSError):
            try:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                connection.settimeout(IDLE_SECONDS)
                conversation.run()
            finally:
                self._open.discard(connection)


class Conversation:
    """The requests and replies of one connection.

    Attributes:
        connection: The client's socket.
    """

    def __init__(
        self, connection: socket.socket, peer: str, handle: Handle, refuse: Refuse
    ) -> None:
        """Prepare to talk.

        Args:
            connection: The client's socket.
            peer: Its address.
            handle: Answers a request.
            refuse: Answers what is none.
        """
        self.connection = connection
        self._peer = peer
        self._handle = handle
        self._refuse = refuse
        self._protocol = h11.Connection(h11.SERVER, max_incomplete_event_size=MAX_HEAD_BYTES)

    def run(self) -> None:
        """Answer requests until the client is done or sends what is not HTTP.

        Raises:
            OSError: The client is gone.
        """
        while True:
            try:
                request = self._receive()
            except RefusedError as error:
                self._send(self._refuse(error.status, self._peer), close=True)
                self._drain()
                return
            if request is None:
                return
            self._send(self._handle(request), head=request.method == "HEAD")
            if self._protocol.our_state is not h11.DONE:
                return
            self._protocol.start_next_cycle()

    def _receive(self) -> Request | None:
        """Read a request, body included; None if the client is done.

        Raises:
            RefusedError: It is not HTTP, or too large.
        """
        head = self._next_event()
        if not isinstance(head, h11.Request):
            return None
        if declared_length(head) > MAX_BODY_BYTES:
            raise RefusedError(413)
        return Request(
            method=head.method.decode(),
            target=head.target.decode(),
            headers=[
                (name.decode(), value.decode("latin-1")) for name, value in head.headers.raw_items()
            ],
            body=self._receive_body(),
            peer=self._peer,
        )

    def _receive_body(self) -> bytes:
        body = bytearray()
        while isinstance(event := self._next_event(), h11.Data):
            body += event.data
            if len(body) > MAX_BODY_BYTES:
                raise RefusedError(413)
        if not isinstance(event, h11.EndOfMessage):
            raise RefusedError(400)
        return bytes(body)

    def _next_event(self) -> h11.Event | None:
        """Read on until there is an event; None if there cannot be one.

        Raises:
            RefusedError: What came is not HTTP.
        """
        while True:
            try:
                event = self._protocol.next_event()
            except h11.RemoteProtocolError as error:
                raise RefusedError(error.error_status_hint) from None
            if isinstance(event, h11.Event):
                return event
            if event is h11.PAUSED:
                return None
            self._let_client_go_on()
            self._protocol.receive_data(self.connection.recv(RECEIVED_BYTES))

    def _let_client_go_on(self) -> None:
        """Tell a client that waits for it that its body is welcome."""
        if self._protocol.they_are_waiting_for_100_continue:
            go_on = h11.InformationalResponse(status_code=100, headers=[])
            self.connection.sendall(self._protocol.send(go_on) or b"")

    def _send(self, reply: Reply, *, head: bool = False, close: bool = False) -> None:
        """Send a reply in one piece.

        Args:
            reply: What to send.
            head: Whether the body is to be left out, its length told all the same.
            close: Whether the connection ends after it.
        """
        if self._protocol.our_state not in {h11.IDLE, h11.SEND_RESPONSE}:
            return
        try:
            start = h11.Response(
                status_code=reply.status,
                headers=framed(reply, close=close),
                reason=responses.get(reply.status, ""),
            )
        except h11.LocalProtocolError:
            self._send(self._refuse(502, self._peer), head=head, close=close)
            return
        pieces = [self._protocol.send(start)]
        if reply.body and not head and allows_body(reply.status):
            pieces.append(self._protocol.send(h11.Data(data=reply.body)))
        pieces.append(self._protocol.send(h11.EndOfMessage()))
        self.connection.sendall(b"".join(piece or b"" for piece in pieces))

    def _drain(self) -> None:
        """Read on for a while after the last reply.

        Closing a socket with unread bytes resets it, and the client might lose
        the reply.
        """
        self.connection.shutdown(socket.SHUT_WR)
        self.connection.settimeout(DRAIN_SECONDS)
        left = DRAINED_BYTES
        while left > 0 and (received := self.connection.recv(RECEIVED_BYTES)):
            left -= len(received)


def declared_length(head: h11.Request) -> int:
    """Read how long a request says its body is; 0 if it does not say."""
    return next((int(value) for name, value in head.headers if name == b"content-length"), 0)


def allows_body(status: int) -> bool:
    """Return whether a reply of this status may have a body."""
    return status not in {204, 304}


def framed(reply: Reply, *, close: bool) -> list[tuple[bytes, bytes]]:
    """Complete a reply's headers with those about its body and the connection."""
    headers = list(reply.headers)
    if allows_body(reply.status):
        headers.append(("Content-Length", str(len(reply.body))))
    if close:
        headers.append(("Connection", "close"))
    return [(name.encode(), value.encode()) for name, value in headers]
