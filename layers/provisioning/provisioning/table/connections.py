"""Connections to one HTTP endpoint, kept open between requests."""

import socket
import ssl
from contextlib import suppress
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from select import POLLIN, poll
from typing import NamedTuple
from urllib.parse import urlsplit

CONNECT_SECONDS = 1.0
"""How long the endpoint may take to accept a connection, and for each step of its handshake."""
READ_SECONDS = 3.0
"""How long it may be silent while an answer is awaited."""


class UnreachableError(Exception):
    """A request has got no answer; whether it was carried out is unknown."""


class Answer(NamedTuple):
    """What came back: the status, and the body, which is as long as the server said."""

    status: int
    body: bytes
    checksum: str | None
    """The body's CRC-32 in decimal digits, where the server tells it (DynamoDB does)."""


class Connections:
    """The open connections to an endpoint; safe to use from several threads.

    The TLS settings are read when this is made, so that a function does it while it starts.

    Attributes:
        patience: Seconds that the endpoint may be silent while an answer is awaited.
    """

    patience = READ_SECONDS

    def __init__(self, url: str) -> None:
        """Take the endpoint's URL; nothing is connected yet."""
        parts = urlsplit(url)
        self.host = parts.netloc
        self._address = (parts.hostname or "", parts.port)
        self._tls = ssl.create_default_context() if parts.scheme == "https" else None
        self._idle: list[HTTPConnection] = []

    def post(self, headers: dict[str, str], body: bytes) -> Answer:
        """Send a request and return its answer.

        Raises:
            UnreachableError: None came.
        """
        try:
            connection = self._take()
        except OSError as error:
            raise UnreachableError from error
        try:
            connection.request("POST", "/", body, headers)
            response = connection.getresponse()
            answer = Answer(response.status, response.read(), response.headers.get("x-amz-crc32"))
        except (OSError, HTTPException) as error:
            connection.close()
            raise UnreachableError from error
        if connection.sock is not None:  # else the server closes it
            self._idle.append(connection)
        return answer

    def __del__(self) -> None:
        self.close()

    def close(self) -> None:
        """Close the idle connections; the next request makes another."""
        with suppress(IndexError):
            while True:
                self._idle.pop().close()

    def _take(self) -> HTTPConnection:
        """Return an idle connection, the one used last, or a new one."""
        # Asking whether there is one and taking it would be two steps, between which others come.
        with suppress(IndexError):
            while True:
                connection = self._idle.pop()
                if _is_open(connection):
                    return connection
                connection.close()
        return self._connect()

    def _connect(self) -> HTTPConnection:
        host, port = self._address
        connection = (
            HTTPSConnection(host, port, timeout=CONNECT_SECONDS, context=self._tls)
            if self._tls
            else HTTPConnection(host, port, timeout=CONNECT_SECONDS)
        )
        connection.connect()
        connection.sock.settimeout(self.patience)
        connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        return connection


def _is_open(connection: HTTPConnection) -> bool:
    """Return whether an idle connection is still open: a server has nothing to say but good-bye."""
    watch = poll()
    watch.register(connection.sock, POLLIN)
    return not watch.poll(0)
