"""Connections: kept open, renewed when the other side has gone, and bounded in time."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from provisioning.table import connections
from provisioning.table.connections import Connections, UnreachableError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nx-amz-crc32: 2745614147\r\n\r\n{}"
Serve = Callable[[socket.socket], None]


@contextmanager
def serving(*each: Serve) -> Iterator[str]:
    """Serve one connection after the other, each in its own way; yield the URL."""
    listener = socket.create_server(("127.0.0.1", 0))

    def run() -> None:
        for serve in each:
            channel, _ = listener.accept()
            with channel:
                serve(channel)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.close()
        thread.join(5)


def answering(*answers: bytes) -> Serve:
    """Answer so many requests, then hang up."""

    def serve(channel: socket.socket) -> None:
        for answer in answers:
            request = b""
            while not request.endswith(b"\r\n\r\n{}"):
                request += channel.recv(65536)
            channel.sendall(answer)

    return serve


def post(to: Connections) -> connections.Answer:
    return to.post({"Host": to.host}, b"{}")


def test_an_answer_comes_with_its_status_and_checksum() -> None:
    with serving(answering(OK)) as url:
        to = Connections(url)
        assert post(to) == (200, b"{}", "2745614147")
        to.close()


def test_a_connection_is_used_again() -> None:
    with serving(answering(OK, OK, OK)) as url:
        to = Connections(url)
        assert [post(to).status for _ in range(3)] == [200, 200, 200]
        to.close()


def test_a_connection_that_was_closed_meanwhile_is_not_used() -> None:
    with serving(answering(OK), answering(OK)) as url:
        to = Connections(url)
        post(to)
        (idle,) = to._idle
        while connections._is_open(idle):  # until the other side's good-bye is here
            pass
        assert post(to).status == 200
        to.close()


def test_a_connection_that_the_server_will_close_is_not_kept() -> None:
    last = OK.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
    with serving(answering(last), answering(OK)) as url:
        to = Connections(url)
        assert [post(to).status, post(to).status] == [200, 200]
        to.close()


@pytest.mark.parametrize(
    "answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{}", b"x\r\n"]
)
def test_an_answer_that_breaks_off_is_none(answer: bytes) -> None:
    with serving(answering(answer)) as url, pytest.raises(UnreachableError):
        post(Connections(url))


def test_silence_ends_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections.Connections, "patience", 0.05)
    done = threading.Event()

    def be_silent(_: socket.socket) -> None:
        done.wait(5)

    with serving(be_silent) as url:
        with pytest.raises(UnreachableError):
            post(Connections(url))
        done.set()


def test_nobody_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(UnreachableError):
        post(Connections(f"http://127.0.0.1:{port}"))


def test_a_server_without_a_certificate_of_its_name_is_refused() -> None:
    with serving(answering(OK)) as url, pytest.raises(UnreachableError):
        post(Connections(url.replace("http:", "https:")))


def test_threads_do_not_share_a_connection() -> None:
    with serving(*[answering(OK)] * 8) as url:
        to = Connections(url)
        gate = threading.Barrier(8)
        statuses: list[int] = []

        def run() -> None:
            gate.wait()
            statuses.append(post(to).status)

        threads = [threading.Thread(target=run) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert statuses == [200] * 8
        to.close()
