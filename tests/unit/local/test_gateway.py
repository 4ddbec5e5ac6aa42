"""The gateway routes, writes events and answers as a REST API does."""

import base64
import json
from typing import Any

import pytest

from local.gateway.api import Gateway
from local.gateway.events import Call
from local.gateway.http import Reply, Request
from local.gateway.routes import Router
from local.resources import Api
from local.settings import LocalError
from local.worker import Answer

SINGLE_PART = {"id": "single", "part": "1"}
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:{}"
GATEWAY_RESPONSES = {
    "MISSING_AUTHENTICATION_TOKEN": {
        "statusCode": "404",
        "responseTemplates": {"application/json": '{"id":"none"}'},
        "responseParameters": {"gatewayresponse.header.X-Fixed": "'yes'"},
    },
    "DEFAULT_4XX": {"responseTemplates": {"application/json": '{"m":"4XX"}'}},
    "DEFAULT_5XX": {"statusCode": 500},
}


def to(name: str) -> dict[str, Any]:
    """Write the operation of a route that leads to a function."""
    uri = (
        "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
        f"{FUNCTION.format(name)}/invocations"
    )
    return {"x-amazon-apigateway-integration": {"type": "aws_proxy", "uri": uri}}


def document(**extensions: Any) -> dict[str, Any]:
    """Write the API's document."""
    mock = {
        "type": "mock",
        "responses": {
            "default": {
                "statusCode": "200",
                "responseTemplates": {"application/json": "{}\n"},
                "responseParameters": {"method.response.header.Access": "'*'"},
            }
        },
    }
    return {
        "paths": {
            "/things": {"get": to("List"), "post": to("Create")},
            "/things/{id}": {"get": to("Get"), "delete": to("Delete")},
            "/things/single": {"get": to("Single")},
            "/things/{id}/parts/{part}": {"get": to("Part")},
            "/docs": {"get": to("Docs")},
            "/mock": {"options": {"x-amazon-apigateway-integration": mock}},
        },
        "x-amazon-apigateway-gateway-responses": GATEWAY_RESPONSES,
        **extensions,
    }


class Log:
    """Keeps what the gateway logs."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.requests: list[tuple[Call, Reply]] = []

    def request(self, call: Call, reply: Reply) -> None:
        """Keep a request."""
        self.requests.append((call, reply))

    def note(self, text: str) -> None:
        """Keep a note."""
        self.notes.append(text)


class Bench:
    """A gateway whose functions answer what a test wants."""

    def __init__(self, **extensions: Any) -> None:
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.answer: Answer = answered(statusCode=200)
        self.log = Log()
        self.gateway = Gateway(
            Api(document(**extensions), {"StageName": "v1"}),
            lambda arn: arn.rpartition(":")[2],
            self.invoke,
            self.log,
        )

    def invoke(self, name: str, event: bytes) -> Answer:
        """Replace a function."""
        self.events.append((name, json.loads(event)))
        return self.answer

    def send(
        self,
        method: str,
        target: str,
        body: bytes = b"",
        headers: list[tuple[str, str]] | None = None,
    ) -> Reply:
        """Send a request."""
        return self.gateway.handle(Request(method, target, headers or [], body, "10.1.2.3"))

    def event(self, *arguments: Any, **more: Any) -> dict[str, Any]:
        """Send a request and return the event that it became."""
        self.send(*arguments, **more)
        return self.events[-1][1]


def answered(**members: Any) -> Answer:
    """Write a function's answer."""
    return Answer(json.dumps(members).encode())


@pytest.fixture
def bench() -> Bench:
    return Bench()


# --- routes -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "resource", "parameters"),
    [
        ("GET", "/things", "/things", {}),
        ("GET", "/things/", "/things", {}),
        ("GET", "/things/7", "/things/{id}", {"id": "7"}),
        ("DELETE", "/things/7/", "/things/{id}", {"id": "7"}),
        ("GET", "/things/a%2Fb%3F", "/things/{id}", {"id": "a%2Fb%3F"}),
        ("GET", "/things/single", "/things/single", {}),
        (
            "GET",
            "/things/single/parts/1",
            "/things/{id}/parts/{part}",
            {"id": "single", "part": "1"},
        ),
        ("GET", "/things/..", "/things/{id}", {"id": ".."}),
    ],
)
def test_a_request_finds_its_resource(
    method: str, path: str, resource: str, parameters: dict[str, str]
) -> None:
    match = Router(document()).match(method, path)

    assert match is not None
    assert (match.route.resource, match.parameters) == (resource, parameters)


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/nothing"),
        ("PUT", "/things"),
        ("DELETE", "/things/single"),
        ("HEAD", "/things"),
        ("GET", "/things//parts/1"),
        ("GET", "/things/7/parts"),
        ("POST", "/docs"),
        ("GET", "/Things"),
        ("GET", "/%74hings"),
    ],
)
def test_an_unknown_route_is_not_found(method: str, path: str) -> None:
    assert Router(document()).match(method, path) is None


def test_two_names_for_one_parameter_are_refused() -> None:
    paths = {"/a/{x}": {"get": to("A")}, "/a/{y}": {"post": to("B")}}

    with pytest.raises(LocalError, match="x and y"):
        Router({"paths": paths})


@pytest.mark.parametrize(
    ("path", "method", "named"),
    [
        ("/a/{rest+}", "get", r"parameter \{rest\+\}"),
        ("/a", "x-amazon-apigateway-any-method", "method ANY"),
    ],
)
def test_a_route_that_is_not_supported_is_named(path: str, method: str, named: str) -> None:
    with pytest.raises(LocalError, match=f"does not support the .*{named}"):
        Router({"paths": {path: {method: to("A")}}})


@pytest.mark.parametrize(
    "response",
    [
        {"responseTemplates": {"application/json": '{"id":"$context.requestId"}'}},
        {"responseParameters": {"gatewayresponse.header.X-Kind": "context.error.responseType"}},
    ],
)
def test_a_gateway_response_with_variables_is_refused(response: dict[str, Any]) -> None:
    with pytest.raises(LocalError, match=r"THROTTLED: .* fixed text only"):
        Bench(**{"x-amazon-apigateway-gateway-responses": {"THROTTLED": response}})


def test_binary_media_types_with_a_wildcard_are_refused() -> None:
    with pytest.raises(LocalError, match="does not support binary media types with"):
        Bench(**{"x-amazon-apigateway-binary-media-types": ["image/*"]})


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


def test_an_integration_that_is_no_function_is_refused() -> None:
    paths = {"/a": {"get": {"x-amazon-apigateway-integration": {"type": "http", "uri": "x"}}}}

    with pytest.raises(LocalError, match=r"/a: .* does not support the integration http"):
        Bench(paths=paths)


# --- events -------------------------------------------------------------------------------------


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


# --- replies ------------------------------------------------------------------------------------


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
