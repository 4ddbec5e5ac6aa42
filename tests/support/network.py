"""A DynamoDB and a proxy on real sockets, which botocore.stub and moto never open."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

from tools.private_authority import server_context

ITEM = {"PK": {"S": "a"}, "SK": {"S": "b"}, "count": {"N": "7"}}
_PATIENCE_SECONDS = 20.0


@dataclass
class Service:
    """A server that answers every call with ``ITEM``.

    Attributes:
        port: Its port of 127.0.0.1.
        calls: What was asked, and over which connection.
        senders: What each call said of its sender (``User-Agent``).
        keys: The access key that each call was signed with.
        connections: How many connections were made.
        drops: Requests still to be read, and left unanswered by a closed connection.
        closes_idle: Whether the server closes the connection after an answer.
        closed: Set once a connection was closed.
    """

    port: int = 0
    calls: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    senders: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    connections: int = 0
    drops: int = 0
    closes_idle: bool = False
    closed: Event = field(default_factory=Event)

    def wait_until_closed(self) -> None:
        """Wait until the server has closed a connection."""
        assert self.closed.wait(_PATIENCE_SECONDS)


@contextmanager
def serving(certificate: Path | None = None) -> Iterator[Service]:
    """Run a service for the length of a with block.

    Args:
        certificate: The file of its private key and certificate; None for plain HTTP.
    """
    service = Service()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            service.connections += 1
            self.number = service.connections

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            service.calls.append((self.number, json.loads(body)))
            service.senders.append(self.headers["User-Agent"])
            credential = self.headers["Authorization"].partition("Credential=")[2]
            service.keys.append(credential.partition("/")[0])
            if service.drops:
                service.drops -= 1
                self.close_connection = True
                return
            content = json.dumps({"Item": ITEM}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            # As when the process sleeps: the client is not told by a header.
            self.close_connection = service.closes_idle

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def shutdown_request(self, request: Any) -> None:
            super().shutdown_request(request)
            service.closed.set()

        def handle_error(self, *_: object) -> None:
            """Be silent: clients that trust nobody break connections off."""

    with Server(("127.0.0.1", 0), Handler) as server:
        if certificate is not None:
            server.socket = server_context(certificate).wrap_socket(server.socket, server_side=True)
        service.port = server.server_address[1]
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()


@dataclass
class Proxy:
    """A forward proxy.

    Attributes:
        url: Where it is, as ``HTTPS_PROXY`` says.
        asked: The hosts and ports to which tunnels were asked for.
    """

    url: str
    asked: list[str] = field(default_factory=list)


@contextmanager
def proxying(port: int) -> Iterator[Proxy]:
    """Run a proxy whose tunnels, whichever host they are for, all lead to a local port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        proxy = Proxy(f"http://127.0.0.1:{listener.getsockname()[1]}")
        thread = Thread(target=_accept, args=(listener, proxy, port), daemon=True)
        thread.start()
        yield proxy
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


def _accept(listener: socket.socket, proxy: Proxy, port: int) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        Thread(target=_tunnel, args=(client, proxy, port), daemon=True).start()


def _tunnel(client: socket.socket, proxy: Proxy, port: int) -> None:
    head = b""
    while b"\r\n\r\n" not in head:
        head += client.recv(4096)
    method, target, _ = head.decode().split(" ", 2)
    assert method == "CONNECT"
    proxy.asked.append(target)
    server = socket.create_connection(("127.0.0.1", port))
    client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    back = Thread(target=_copy, args=(server.recv, client), daemon=True)
    back.start()
    _copy(client.recv, server)
    back.join()
    client.close()
    server.close()


def _copy(receive: Callable[[int], bytes], to: socket.socket) -> None:
    try:
        while content := receive(65536):
            to.sendall(content)
        to.shutdown(socket.SHUT_WR)
    except OSError:
        return
