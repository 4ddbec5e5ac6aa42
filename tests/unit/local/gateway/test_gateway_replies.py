"""The gateway answers as a REST API does."""

import base64
import json

import pytest

from local.worker import Answer
from tests.support.gateway import Bench, answered, to


def test_a_function_answers_with_status_headers_and_body(bench: Bench) -> None:
    bench.answer = answered(
        statusCode="201",
        headers={"X-A": "1", "X-B": "1", "X-Flag": True, "Content-Length": "5", "Server": "s"},
        multiValueHeaders={"x-b": ["2", "3"]},
        body="é",
        isBase64Encoded=False,
    )
    reply = bench.send("GET", "/things")

    assert (reply.status, reply.body) == (201, "é".encode())
    request_id = bench.events[-1][1]["requestContext"]["requestId"]
    assert sorted(reply.headers) == [
        ("Content-Type", "application/json"),
        ("X-A", "1"),
        ("X-Flag", "true"),
        ("x-amzn-Remapped-Server", "s"),
        ("x-amzn-RequestId", request_id),
        ("x-b", "2"),
        ("x-b", "3"),
    ]


def test_a_function_may_answer_in_base64(bench: Bench) -> None:
    body = base64.b64encode(b"\xff\x00").decode()
    bench.answer = answered(statusCode=200, body=body, isBase64Encoded=True)

    assert bench.send("GET", "/things").body == b"\xff\x00"


@pytest.mark.parametrize(
    "payload",
    [
        b"null",
        b'"text"',
        b'{"statusCode":200,"cookies":[]}',
        b'{"statusCode":"abc"}',
        b'{"statusCode":99}',
        b'{"statusCode":200,"headers":["a"]}',
        b'{"statusCode":200,"headers":{"a":{}}}',
        b'{"statusCode":200,"body":{"a":1}}',
        b'{"statusCode":200,"body":"a","isBase64Encoded":true}',
        b'{"statusCode":200,"body":"' + b"x" * 6 * 1024 * 1024 + b'"}',
    ],
)
def test_an_answer_that_makes_no_sense_is_a_failure(bench: Bench, payload: bytes) -> None:
    bench.answer = Answer(payload)
    reply = bench.send("GET", "/things")

    assert (reply.status, reply.body) == (500, b'{"message":"Internal server error"}')


def test_a_result_that_is_too_large_for_lambda_is_noted(bench: Bench) -> None:
    bench.answer = answered(statusCode=200, body="x" * 6 * 1024 * 1024)
    bench.send("GET", "/things")

    assert bench.log.notes == ["List: the result is over 6 MB"]


def test_a_function_that_fails_is_a_failure_without_its_reason(bench: Bench) -> None:
    bench.answer = Answer.failure("ValueError", "secret")
    reply = bench.send("GET", "/things")

    assert (reply.status, reply.body) == (500, b'{"message":"Internal server error"}')


def test_an_unknown_route_is_answered_as_the_template_says(bench: Bench) -> None:
    reply = bench.send("GET", "/nothing", headers=[("User-Agent", "me")])
    call, logged = bench.log.requests[-1]

    assert reply == logged
    assert (reply.status, json.loads(reply.body)) == (404, {"id": "none"})
    assert reply.headers == [
        ("Content-Type", "application/json"),
        ("X-Fixed", "yes"),
        ("x-amzn-RequestId", call.id),
    ]
    assert not bench.events


@pytest.mark.parametrize(("status", "expected"), [(400, 400), (413, 413), (431, 400), (501, 400)])
def test_an_invalid_request_is_answered_as_the_template_says(
    bench: Bench, status: int, expected: int
) -> None:
    reply = bench.gateway.refuse(status, "10.1.2.3")

    assert reply.status == expected
    assert reply.body == b'{"m":"4XX"}'


def test_more_than_a_function_takes_is_too_large(bench: Bench) -> None:
    reply = bench.send("POST", "/things", b"x" * (6 * 1024 * 1024))

    assert (reply.status, reply.body) == (413, b'{"m":"4XX"}')


def test_without_the_templates_answers_the_gateway_has_its_own() -> None:
    reply = Bench(**{"x-amazon-apigateway-gateway-responses": {}}).send("GET", "/nothing")

    assert (reply.status, reply.body) == (403, b'{"message":"Missing Authentication Token"}')


def test_a_mock_answers_by_itself(bench: Bench) -> None:
    reply = bench.send("OPTIONS", "/mock")

    assert reply.status == 200
    assert ("Access", "*") in reply.headers
    assert reply.body == b"{}\n"
    assert not bench.events


def test_head_is_a_method_like_any_other() -> None:
    bench = Bench(
        paths={"/page": {"get": to("Page"), "head": to("Page")}, "/no": {"get": to("No")}}
    )
    bench.answer = answered(statusCode=200, body="text")

    assert bench.event("HEAD", "/page")["httpMethod"] == "HEAD"
    assert bench.send("HEAD", "/page").status == 200
    assert bench.send("HEAD", "/no").status == 404
