"""Requests arrive as they were sent, and whatever is sent gets an answer."""

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from local.gateway.http import MAX_BODY_BYTES, Reply, Request, Server
from local.settings import LocalError

HOST = "127.0.0.1"
JSON = [("Content-Type", "application/json")]


def echo(request: Request) -> Reply:
    """Answer with what came; some targets ask for more."""
    if request.target == "/no-content":
        return Reply(204, [], b"dropped")
    if request.target == "/bad-header":
        return Reply(200, [("X-Bad", "a\r\nb")])
    if request.target == "/bad-name":
        return Reply(200, [("é", "a")])
    if request.target == "/any-text":
        return Reply(200, [("X-Text", "é😀")])
    body = {
        "method": request.method,
        "target": request.target,
        "headers": [list(pair) for pair in request.headers],
        "length": len(request.body),
        "body": request.body[:50].decode(),
        "peer": request.peer,
    }
    return Reply(200, JSON, json.dumps(body).encode())


def refuse(status: int, _peer: str) -> Reply:
    """Answer what is no request."""
    return Reply(status, JSON, b'{"refused":true}')


@pytest.fixture
def server() -> Iterator[Server]:
    running = Server(HOST, 0)
    running.start(echo, refuse)
    yield running
    running.stop()


@pytest.fixture
def connection(server: Server) -> Iterator[http.client.HTTPConnection]:
    with closing(http.client.HTTPConnection(HOST, server.port, timeout=20)) as opened:
        yield opened


def raw(server: Server, sent: bytes) -> bytes:
    """Send bytes, and read until the server closes."""
    with socket.create_connection((HOST, server.port), timeout=20) as client:
        client.sendall(sent)
        client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(65536), b""))


@pytest.mark.parametrize(
    "target",
    [
        "/a%2Fb%3Fc%23d%25e?q=%2F+%20",
        "//provisioning/1",
        "/a/../b/./c//d/",
        "/" + "%F0%9F%98%80" * 255,
        "http://elsewhere/absolute?x=1",
        "*",
    ],
)
def test_a_target_arrives_as_it_was_sent(
    connection: http.client.HTTPConnection, target: str
) -> None:
    connection.request("GET", target)
    assert json.loads(connection.getresponse().read())["target"] == target


def test_a_connection_serves_one_request_after_another(
    connection: http.client.HTTPConnection,
) -> None:
    connection.request("POST", "/1", body=b"x" * 100_000)
    assert json.loads(connection.getresponse().read())["length"] == 100_000
    client = connection.sock
    for number in range(3):
        connection.request("DELETE", f"/{number}", body=b'{"a":1}')
        assert json.loads(connection.getresponse().read())["body"] == '{"a":1}'
    assert connection.sock is client


def test_headers_keep_their_spelling_and_repetitions(server: Server) -> None:
    answer = raw(server, b"GET / HTTP/1.1\r\nHost: x\r\nX-One: a\r\nx-ONE: b\r\n\r\n")
    headers = json.loads(answer.partition(b"\r\n\r\n")[2])["headers"]

    assert headers == [["Host", "x"], ["X-One", "a"], ["x-ONE", "b"]]


def test_a_chunked_body_is_put_together(connection: http.client.HTTPConnection) -> None:
    connection.request("POST", "/", body=iter([b"ab", b"cd"]), encode_chunked=True)
    assert json.loads(connection.getresponse().read())["body"] == "abcd"


def test_a_multipart_body_arrives_although_its_headers_are_parsed_without_it(
    connection: http.client.HTTPConnection,
) -> None:
    form = b'--b\r\nContent-Disposition: form-data; name="to"\r\n\r\nx\r\n--b--\r\n'
    connection.request(
        "POST", "/", body=form, headers={"Content-Type": "multipart/form-data; boundary=b"}
    )
    assert json.loads(connection.getresponse().read())["length"] == len(form)


def test_a_client_that_waits_to_send_its_body_gets_100_continue(server: Server) -> None:
    with socket.create_connection((HOST, server.port), timeout=20) as client:
        client.sendall(
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n"
        )
        assert client.recv(100).startswith(b"HTTP/1.1 100 ")
        client.sendall(b"ab")
        assert b'"body": "ab"' in client.recv(10_000)


def test_a_reply_says_its_status_in_words_too(server: Server) -> None:
    assert raw(server, b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").startswith(b"HTTP/1.1 200 OK\r\n")


def test_head_has_the_headers_of_get_and_no_body(connection: http.client.HTTPConnection) -> None:
    connection.request("HEAD", "/")
    response = connection.getresponse()

    assert int(response.headers["Content-Length"]) > 0
    assert response.read() == b""
    connection.request("GET", "/")
    assert connection.getresponse().status == 200


def test_no_content_has_neither_body_nor_length(connection: http.client.HTTPConnection) -> None:
    connection.request("GET", "/no-content")
    response = connection.getresponse()

    assert (response.status, response.read()) == (204, b"")
    assert "Content-Length" not in response.headers
    connection.request("GET", "/")
    assert connection.getresponse().status == 200


@pytest.mark.parametrize("target", ["/bad-header", "/bad-name"])
def test_a_header_that_cannot_be_sent_is_a_failure_of_the_function(
    connection: http.client.HTTPConnection, target: str
) -> None:
    connection.request("GET", target)
    assert connection.getresponse().status == 502


def test_a_header_may_hold_any_text(server: Server) -> None:
    answer = raw(server, b"GET /any-text HTTP/1.1\r\nHost: x\r\n\r\n")

    assert "X-Text: é😀\r\n".encode() in answer


def test_http_1_0_is_answered_and_closed(server: Server) -> None:
    answer = raw(server, b"GET / HTTP/1.0\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"connection: close" in answer.lower()


@pytest.mark.parametrize(
    "sent",
    [
        b"what is this\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET /\xf0\x9f\x98\x80 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nno colon\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nshort",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        (
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"0\r\n\r\n"
        ),
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n",
        b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n0\r\n\r\n",
        b"GET / HTTP/2.0\r\nHost: x\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nX: " + b"y" * 200_000 + b"\r\n\r\n",
    ],
)
def test_invalid_http_is_refused_in_the_form_of_the_api(server: Server, sent: bytes) -> None:
    answer = raw(server, sent)

    assert answer.endswith(b'{"refused":true}'), answer
    assert 400 <= int(answer.split()[1]) < 600


def test_nothing_is_answered_to_a_client_that_sends_nothing(server: Server) -> None:
    assert raw(server, b"") == b""


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_large_is_refused_and_the_client_sees_it(
    connection: http.client.HTTPConnection,
    chunked: bool,  # noqa: FBT001 - both ways of sending
) -> None:
    piece = b"x" * 65536
    pieces = [piece] * (MAX_BODY_BYTES // len(piece) + 1)
    body = iter(pieces) if chunked else b"".join(pieces)
    connection.request("POST", "/", body=body, encode_chunked=chunked)
    response = connection.getresponse()

    assert (response.status, response.read()) == (413, b'{"refused":true}')


def test_the_largest_body_is_taken(connection: http.client.HTTPConnection) -> None:
    connection.request("POST", "/", body=b"x" * MAX_BODY_BYTES)
    assert json.loads(connection.getresponse().read())["length"] == MAX_BODY_BYTES


def test_many_clients_are_served_at_the_same_time(server: Server) -> None:
    failures: list[object] = []

    def call(number: int) -> None:
        with closing(http.client.HTTPConnection(HOST, server.port, timeout=20)) as client:
            for turn in range(20):
                client.request("POST", f"/{number}/{turn}", body=f"{number}".encode())
                answer = json.loads(client.getresponse().read())
                if (answer["target"], answer["body"]) != (f"/{number}/{turn}", f"{number}"):
                    failures.append(answer)

    threads = [threading.Thread(target=call, args=(number,)) for number in range(48)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not failures


def test_a_port_in_use_is_refused_by_its_number(server: Server) -> None:
    with pytest.raises(LocalError, match=f"port {server.port}: Address already in use"):
        Server(HOST, server.port)


def test_stopping_closes_connections(server: Server) -> None:
    with socket.create_connection((HOST, server.port), timeout=20) as client:
        client.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        client.recv(10_000)
        server.stop()
        assert client.recv(1) == b""
