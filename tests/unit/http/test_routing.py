"""The route of a request, and the id in its path."""

import pytest

from tests.support.client import Client, Context, load_function, proxy_event
from tests.support.contract import APPLICATIONS, ASSOCIATIONS, NOT_FOUND
from tests.support.transport import Wire, answered


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PATCH", APPLICATIONS),
        ("PUT", APPLICATIONS),
        ("POST", f"{APPLICATIONS}/shop"),
        ("HEAD", APPLICATIONS),
        ("get", APPLICATIONS),
        ("GET", f"{APPLICATIONS}/shop/more"),
        ("PUT", ASSOCIATIONS),
        ("GET", f"{ASSOCIATIONS}/double"),
        ("POST", f"{ASSOCIATIONS}/single"),
    ],
)
def test_an_unknown_route_or_method_is_not_found(
    client: Client, wire: Wire, method: str, path: str
) -> None:
    answer = client.call(method, path)
    assert (answer.status, answer.json) == (404, NOT_FOUND)
    assert wire.requests == []


@pytest.mark.parametrize(
    "path", ["/", "", "/provisioning", "/provisioning/2/applications", "/applications", "//"]
)
def test_a_path_outside_the_api_is_not_found(client: Client, path: str) -> None:
    event = proxy_event("GET", path, {"Authorization": "App secret"}, None)
    assert load_function("applications").handler(event, Context())["statusCode"] == 404


@pytest.mark.parametrize(
    "path",
    [
        f"/{APPLICATIONS}",
        f"/v1{APPLICATIONS}",
        f"{APPLICATIONS}/",
        "//provisioning//1/applications",
    ],
)
def test_clients_that_join_paths_carelessly_are_understood(
    client: Client, wire: Wire, path: str
) -> None:
    wire.always(answered(Items=[]))
    event = proxy_event("GET", path, {"Authorization": "App secret"}, None)
    assert load_function("applications").handler(event, Context())["statusCode"] == 200


@pytest.mark.parametrize(
    "segment", ["%FF", "%C3%28", "%20", "%20%E2%80%83", "x" * 256, "%ED%A0%80"]
)
def test_a_segment_that_cannot_be_an_id_is_not_found(
    client: Client, wire: Wire, segment: str
) -> None:
    answer = client.call("GET", f"{APPLICATIONS}/{segment}")
    assert (answer.status, answer.json) == (404, NOT_FOUND)
    assert wire.requests == []


@pytest.mark.parametrize(
    ("segment", "identifier"),
    [
        ("a%2Fb", "a/b"),
        ("a%252Fb", "a%2Fb"),
        ("a+b", "a+b"),
        ("a%20b", "a b"),
        ("100%", "100%"),
        ("%F0%9F%98%80", "😀"),
        ("😀", "😀"),
    ],
)
def test_an_id_in_a_path_is_decoded_exactly_once(
    client: Client, wire: Wire, segment: str, identifier: str
) -> None:
    wire.then(answered(Item={"id": {"S": "found"}}))
    client.call("GET", f"{APPLICATIONS}/{segment}")
    wire.then(answered(Item={"id": {"S": "found"}}))
    client.get("applications", identifier)
    one, other = wire.requests
    assert one == other
