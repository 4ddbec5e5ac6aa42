"""What every request goes through before and after its rule, and all that can be wrong with it."""

import json
from typing import Any

import pytest

from provisioning.accounts import authentication, principals
from provisioning.http.routes import MAXIMUM_BODY
from tests.support.client import ROOT, Client, Context, load_function, proxy_event
from tests.support.transport import Wire, answered, failed
from tests.unit.conftest import known_key

APPLICATIONS = f"{ROOT}/applications"
ASSOCIATIONS = f"{ROOT}/associations"
SHOP = {"applicationId": "shop"}
BAD_REQUEST = {"messageId": "BAD_REQUEST", "text": "Bad request"}


def error(message_id: str, text: str) -> Any:
    return {"requestError": {"serviceException": {"messageId": message_id, "text": text}}}


UNAUTHORIZED = error("UNAUTHORIZED", "Unauthorized")
FORBIDDEN = error("FORBIDDEN", "Forbidden")
NOT_FOUND = error("NOT_FOUND", "Not found")
TOO_MANY_REQUESTS = error("TOO_MANY_REQUESTS", "Too many requests")
GENERAL_ERROR = error("GENERAL_ERROR", "Something went wrong. Please contact support.")


# --- the key ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "authorization", ["", " ", "App", "App ", "Basic c2hvcDpzaG9w", "Bearer secret", "secret"]
)
def test_a_request_without_a_key_is_unauthorized(wire: Wire, authorization: str) -> None:
    answer = Client(None).call("GET", APPLICATIONS, headers={"Authorization": authorization})
    assert (answer.status, answer.json) == (401, UNAUTHORIZED)
    assert wire.requests == []


def test_an_unknown_key_is_unauthorized(wire: Wire) -> None:
    wire.then(answered())
    answer = Client("guess").call("GET", APPLICATIONS)
    assert (answer.status, answer.json) == (401, UNAUTHORIZED)


def test_a_key_is_looked_up_by_its_digest_alone(wire: Wire) -> None:
    wire.then(answered())
    Client("guess").call("GET", APPLICATIONS)
    assert "guess" not in json.dumps(wire.requests)


@pytest.mark.parametrize("header", ["Authorization", "authorization", "AUTHORIZATION"])
@pytest.mark.parametrize("value", ["App secret", "app secret", " APP  secret "])
def test_header_and_scheme_may_be_written_in_any_case(
    client: Client, wire: Wire, header: str, value: str
) -> None:
    wire.always(answered(Items=[]))
    assert client.without_key().call("GET", APPLICATIONS, headers={header: value}).status == 200


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", APPLICATIONS, SHOP),
        ("PUT", f"{APPLICATIONS}/shop", {}),
        ("DELETE", f"{APPLICATIONS}/shop", None),
        ("POST", f"{ROOT}/entities", {"entityId": "acme"}),
        ("PUT", f"{ROOT}/entities/acme", {}),
        ("DELETE", f"{ROOT}/entities/acme", None),
        ("POST", ASSOCIATIONS, {}),
        ("DELETE", ASSOCIATIONS, {}),
    ],
)
def test_a_key_that_may_only_read_changes_nothing(
    wire: Wire, method: str, path: str, body: Any
) -> None:
    wire.then(known_key(principals.READ))
    answer = Client("reader").call(method, path, body=body)
    assert (answer.status, answer.json) == (403, FORBIDDEN)
    assert wire.operations == ["GetItem"]


def test_a_key_that_may_only_read_reads(wire: Wire) -> None:
    wire.then(known_key(principals.READ))
    wire.always(answered(Items=[]))
    assert Client("reader").call("GET", APPLICATIONS).status == 200


def test_a_key_without_scopes_may_nothing(wire: Wire) -> None:
    wire.then(known_key())
    assert Client("nothing").call("GET", APPLICATIONS).status == 403


def test_a_key_is_looked_up_once_while_it_is_remembered(client: Client, wire: Wire) -> None:
    wire.always(answered(Items=[]))
    client.call("GET", APPLICATIONS)
    client.call("GET", APPLICATIONS)
    assert set(wire.operations) == {"Query"}


def test_a_key_is_looked_up_again_when_its_time_has_passed(
    wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = 1000.0
    monkeypatch.setattr("time.time", lambda: moment)
    wire.then(known_key(principals.READ), answered())
    authentication.authenticate("secret")
    moment += authentication.CACHE_SECONDS
    answer = Client("secret").call("GET", APPLICATIONS)
    assert (answer.status, answer.json) == (401, UNAUTHORIZED)


def test_many_guesses_do_not_fill_the_memory(wire: Wire) -> None:
    wire.always(known_key(principals.READ))
    for number in range(1100):
        authentication.authenticate(f"key{number}")
    assert len(authentication._cache) <= 1000


# --- the route ----------------------------------------------------------------------------------


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


# --- the body -----------------------------------------------------------------------------------


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


# --- the query string ---------------------------------------------------------------------------


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


# --- the answer ---------------------------------------------------------------------------------


def test_an_answer_is_json_that_nobody_keeps(client: Client, wire: Wire) -> None:
    wire.always(answered(Items=[]))
    answer = client.call("GET", APPLICATIONS)
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_throttled_table_asks_the_client_to_come_again(
    client: Client, wire: Wire, pauses: list[float]
) -> None:
    wire.always(failed("ProvisionedThroughputExceededException"))
    answer = client.call("GET", APPLICATIONS)
    assert (answer.status, answer.json) == (429, TOO_MANY_REQUESTS)
    assert int(answer.headers["Retry-After"]) > 0


def test_a_failing_table_shows_nothing_of_itself(
    client: Client, wire: Wire, pauses: list[float]
) -> None:
    wire.always(failed("ResourceNotFoundException"))
    answer = client.call("GET", APPLICATIONS)
    assert (answer.status, answer.json) == (500, GENERAL_ERROR)


def test_a_fault_of_our_own_shows_nothing_of_itself(
    client: Client, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TABLE_NAME")
    answer = client.call("GET", APPLICATIONS)
    assert (answer.status, answer.json) == (500, GENERAL_ERROR)


def test_the_log_holds_neither_ids_nor_names_nor_keys(
    client: Client, wire: Wire, caplog: pytest.LogCaptureFixture
) -> None:
    wire.then(answered())
    client.create("applications", "private-id", "private-name")
    assert "POST" in caplog.text
    for private in ("private-id", "private-name", "secret"):
        assert private not in caplog.text
