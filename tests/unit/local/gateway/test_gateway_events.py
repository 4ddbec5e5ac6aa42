"""The gateway writes events as a REST API does."""

import pytest

from tests.support.gateway import Bench


def test_the_path_stays_encoded_and_the_query_comes_decoded(bench: Bench) -> None:
    event = bench.event("GET", "/things/%F0%9F%98%80%2F+%25?a=%2F%25&b=x+y&b=z&c&d=")

    assert event["path"] == "/things/%F0%9F%98%80%2F+%25"
    assert event["pathParameters"] == {"id": "%F0%9F%98%80%2F+%25"}
    assert event["queryStringParameters"] == {"a": "/%", "b": "z", "c": "", "d": ""}
    assert event["multiValueQueryStringParameters"]["b"] == ["x y", "z"]
    assert event["resource"] == event["requestContext"]["resourcePath"] == "/things/{id}"


def test_missing_parts_are_null(bench: Bench) -> None:
    event = bench.event("GET", "/things")

    for name in (
        "body",
        "pathParameters",
        "queryStringParameters",
        "multiValueQueryStringParameters",
        "stageVariables",
    ):
        assert event[name] is None
    assert event["isBase64Encoded"] is False


@pytest.mark.parametrize("target", ["//things/7", "///things/7", "http://[h/things/7?x#"])
def test_slashes_of_a_base_url_do_not_matter(bench: Bench, target: str) -> None:
    assert bench.event("GET", target)["path"] == "/things/7"


def test_headers_are_passed_with_those_of_the_gateway(bench: Bench) -> None:
    sent = [
        ("Host", "localhost:3000"),
        ("X-One", "a"),
        ("x-one", "b"),
        ("Connection", "keep-alive"),
        ("Content-Length", "0"),
        ("X-Forwarded-For", "1.1.1.1"),
    ]
    event = bench.event("GET", "/things", headers=sent)

    assert event["headers"]["X-One"] == "b"
    assert event["multiValueHeaders"]["X-One"] == ["a", "b"]
    assert event["headers"]["X-Forwarded-For"] == "10.1.2.3"
    assert event["headers"]["X-Forwarded-Port"] == "3000"
    assert not {"Connection", "Content-Length", "x-one"} & event["headers"].keys()


def test_the_context_describes_the_request(bench: Bench) -> None:
    context = bench.event("GET", "/things/", headers=[("User-Agent", "me")])["requestContext"]

    assert context["identity"]["sourceIp"] == "10.1.2.3"
    assert context["identity"]["userAgent"] == "me"
    assert (context["stage"], context["path"], context["httpMethod"]) == ("v1", "/things/", "GET")
    assert context["accountId"] == "000000000000"
    assert len(context["requestId"]) == 36


@pytest.mark.parametrize(
    ("body", "text"),
    [(b'{"a":1}', '{"a":1}'), ("é😀".encode(), "é😀"), (b"\xff", "\N{REPLACEMENT CHARACTER}")],
)
def test_a_body_is_passed_as_text(bench: Bench, body: bytes, text: str) -> None:
    event = bench.event("POST", "/things", body=body)

    assert (event["body"], event["isBase64Encoded"]) == (text, False)


def test_the_body_of_a_binary_media_type_comes_in_base64() -> None:
    bench = Bench(**{"x-amazon-apigateway-binary-media-types": ["image/png"]})
    for media_type, body, expected in (
        ("image/png; x=1", b"\xff\x00", ("/wA=", True)),
        ("image/png", b"", (None, False)),
        ("image/gif", b"\xff", ("\N{REPLACEMENT CHARACTER}", False)),
    ):
        headers = [("Content-Type", media_type)]
        event = bench.event("POST", "/things", body=body, headers=headers)
        assert (event["body"], event["isBase64Encoded"]) == expected
