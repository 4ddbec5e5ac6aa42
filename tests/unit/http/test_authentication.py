"""The API key of a request: where it is read, what it may do, how long it is remembered."""

import json
from typing import Any

import pytest

from provisioning.accounts import authentication, principals
from tests.support.client import ROOT, Client
from tests.support.contract import APPLICATIONS, ASSOCIATIONS, FORBIDDEN, SHOP, UNAUTHORIZED
from tests.support.transport import Wire, answered
from tests.unit.conftest import known_key


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
