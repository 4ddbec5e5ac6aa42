"""The body of a request, and all that can be wrong with it."""

import json
from typing import Any

import pytest

from provisioning.http.routes import MAXIMUM_BODY
from tests.support.client import Client
from tests.support.contract import APPLICATIONS, SHOP
from tests.support.transport import Wire, answered

BAD_REQUEST = {"messageId": "BAD_REQUEST", "text": "Bad request"}


@pytest.mark.parametrize(
    ("body", "problems"),
    [
        (None, {"body": ["must not be empty"]}),
        ("", {"body": ["must not be empty"]}),
        (" \r\n", {"body": ["must not be empty"]}),
        ("{", {"body": ["must be valid JSON"]}),
        ('{"applicationId": "shop",}', {"body": ["must be valid JSON"]}),
        ("{'applicationId': 'shop'}", {"body": ["must be valid JSON"]}),
        ('{"applicationId": "shop"} {}', {"body": ["must be valid JSON"]}),
        ('{"applicationId": "a\nb"}', {"body": ["must be valid JSON"]}),
        ('{"applicationId": NaN}', {"body": ["must be valid JSON"]}),
        ('{"applicationId": "shop", "x": -Infinity}', {"body": ["must be valid JSON"]}),
        ("applicationId=shop", {"body": ["must be valid JSON"]}),
        ("[" * 60_000, {"body": ["must be valid JSON"]}),
        ('{"a":' * 10_000, {"body": ["must be valid JSON"]}),
        ("9" * 10_000, {"body": ["must be valid JSON"]}),
        (b'{"applicationId": "\xff"}', {"body": ["must be valid JSON"]}),
        (b"\x80", {"body": ["must be valid JSON"]}),
        ("[]", {"body": ["must be a JSON object"]}),
        ('[{"applicationId": "shop"}]', {"body": ["must be a JSON object"]}),
        ('"shop"', {"body": ["must be a JSON object"]}),
        ("7", {"body": ["must be a JSON object"]}),
        ("true", {"body": ["must be a JSON object"]}),
        ("null", {"body": ["must not be null"]}),
        ("{}", {"applicationId": ["must not be null"]}),
        (
            '{"applicationId": "a", "applicationId": "b"}',
            {"applicationId": ["must not be repeated"]},
        ),
        ('{"applicationId": "shop", "\\ud800": 1, "\\ud800": 2}', {"?": ["must not be repeated"]}),
        ('{"applicationId": "\\ud800"}', {"applicationId": ["must be valid Unicode text"]}),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_body_that_is_not_as_it_must_be_is_a_bad_request(
    client: Client, wire: Wire, body: str | bytes | None, problems: Any
) -> None:
    answer = client.call("POST", APPLICATIONS, body=body)
    exception = answer.json["requestError"]["serviceException"]
    assert (answer.status, exception) == (400, BAD_REQUEST | {"validationErrors": problems})
    assert wire.requests == []


def test_a_body_over_the_limit_is_a_bad_request(client: Client, wire: Wire) -> None:
    body = json.dumps(SHOP | {"x": "x" * MAXIMUM_BODY})
    answer = client.call("POST", APPLICATIONS, body=body)
    assert answer.status == 400
    assert answer.problems == {"body": ["size must be between 1 and 65536 bytes"]}
    assert wire.requests == []


def test_a_body_that_came_as_text_has_nothing_in_place_of_wrong_bytes(
    client: Client, wire: Wire
) -> None:
    answer = client.call("POST", APPLICATIONS, body='{"applicationId": "K\ufffdln"}')
    assert answer.status == 400
    assert answer.problems == {"body": ["must be UTF-8 (write the character U+FFFD as \\ufffd)"]}
    assert wire.requests == []


@pytest.mark.parametrize(
    "body", [b'{"applicationId": "K\xef\xbf\xbdln"}', r'{"applicationId": "K\ufffdln"}']
)
def test_the_replacement_character_itself_is_taken(
    client: Client, wire: Wire, body: str | bytes
) -> None:
    wire.then(answered())
    assert client.call("POST", APPLICATIONS, body=body).status == 201


def test_the_longest_valid_body_is_taken(client: Client, wire: Wire) -> None:
    wire.then(answered())
    longest = {"applicationId": "😀" * 255, "applicationName": "😀" * 255}
    assert client.call("POST", APPLICATIONS, body=json.dumps(longest)).status == 201


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/xml", "application/x-www-form-urlencoded", "json", "application"],
)
def test_an_unknown_content_type_is_a_bad_request(client: Client, content_type: str) -> None:
    answer = client.call("POST", APPLICATIONS, body=SHOP, headers={"Content-Type": content_type})
    assert answer.status == 400
    assert answer.problems == {"Content-Type": ["must be application/json"]}


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "application/json; charset=utf-8"},
        {"Content-Type": "Application/JSON"},
        {"Content-Type": ""},
    ],
)
def test_json_is_taken_however_it_is_declared(
    client: Client, wire: Wire, headers: dict[str, str]
) -> None:
    wire.then(answered())
    assert client.call("POST", APPLICATIONS, body=SHOP, headers=headers).status == 201


def test_a_body_in_base64_is_decoded(client: Client, wire: Wire) -> None:
    wire.then(answered())
    answer = client.call("POST", APPLICATIONS, body='{"applicationId": "é"}'.encode())
    assert answer.status == 201
    assert wire.requests[0][1]["Item"]["id"] == {"S": "é"}
