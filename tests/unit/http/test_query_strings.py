"""The query string of a request."""

from typing import Any

import pytest

from tests.support.client import Client, Context, load_function, proxy_event
from tests.support.contract import APPLICATIONS
from tests.support.transport import Wire, answered


@pytest.mark.parametrize("name", ["page", "size"])
def test_a_repeated_query_value_is_a_bad_request(client: Client, name: str) -> None:
    answer = client.call("GET", APPLICATIONS, query=[(name, "1"), (name, "1")])
    assert answer.status == 400
    assert answer.problems == {name: ["must not be repeated"]}


@pytest.mark.parametrize(
    ("query", "problems"),
    [
        ({"page": "-1"}, {"page": ["must be greater than or equal to 0"]}),
        ({"size": "1001"}, {"size": ["must be less than or equal to 1000"]}),
        ({"size": "0"}, {"size": ["must be greater than or equal to 1"]}),
        ({"page": ""}, {"page": ["must be a whole number"]}),
    ],
)
def test_a_bad_query_value_is_a_bad_request(
    client: Client, wire: Wire, query: dict[str, str], problems: Any
) -> None:
    answer = client.call("GET", APPLICATIONS, query=query)
    assert (answer.status, answer.problems) == (400, problems)
    assert wire.requests == []


def test_unknown_query_values_are_ignored(client: Client, wire: Wire) -> None:
    wire.always(answered(Items=[]))
    query = [("sort", "name"), ("sort", "id"), ("Page", "x"), ("page ", "x")]
    assert client.call("GET", APPLICATIONS, query=query).status == 200


def test_an_event_with_single_query_values_only_is_read_too(client: Client, wire: Wire) -> None:
    event = proxy_event("GET", APPLICATIONS, {"Authorization": "App secret"}, None)
    event |= {"queryStringParameters": {"size": "0"}, "multiValueQueryStringParameters": None}
    assert load_function("applications").handler(event, Context())["statusCode"] == 400
