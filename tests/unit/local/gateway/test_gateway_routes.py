"""The gateway routes as a REST API does, and refuses what it does not support."""

from typing import Any

import pytest

from local.gateway.routes import Router
from local.settings import LocalError
from tests.support.gateway import Bench, document, to


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
    route, found = match
    assert (route.resource, found) == (resource, parameters)


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


def test_an_integration_that_is_no_function_is_refused() -> None:
    paths = {"/a": {"get": {"x-amazon-apigateway-integration": {"type": "http", "uri": "x"}}}}

    with pytest.raises(LocalError, match=r"/a: .* does not support the integration http"):
        Bench(paths=paths)
