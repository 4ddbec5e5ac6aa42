"""Listens where messaging APIs would, and keeps what clients submit."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass(frozen=True)
class Submitted:
    """The body of one request, as a client sent it."""

    path: str
    content_type: str
    body: bytes


@dataclass(frozen=True)
class Listener:
    """A server that answers every request with an empty document.

    Attributes:
        url: Its base URL.
        requests: What it has got so far.
    """

    url: str
    requests: list[Submitted] = field(default_factory=list)


@contextmanager
def listening() -> Iterator[Listener]:
    """Listen for the length of a with block."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = b"".join(self._body())
            content_type = self.headers["Content-Type"]
            listener.requests.append(Submitted(self.path, content_type, body))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def _body(self) -> Iterator[bytes]:
            if self.headers["Transfer-Encoding"] != "chunked":
                yield self.rfile.read(int(self.headers["Content-Length"]))
                return
            while size := int(self.rfile.readline(), 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        listener = Listener(f"http://127.0.0.1:{server.server_port}")
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield listener
        finally:
            server.shutdown()
