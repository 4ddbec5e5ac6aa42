"""Fixtures of the tests that need neither engine nor network."""

import pytest

from provisioning import accounts
from tests.support.client import Client
from tests.support.transport import Answer, Wire, answered, install


def known_key(*scopes: str) -> Answer:
    """Answer the look-up of an API key with one that has these scopes."""
    item = {
        "accountId": {"S": "acme"},
        "keyId": {"S": "k1"},
        "scopes": {"L": [{"S": scope} for scope in scopes]},
    }
    return answered(Item=item)


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch, pauses: list[float]) -> Wire:
    """The wire to DynamoDB, on which every answer has to be scripted."""
    accounts._cache.clear()
    return install(Wire(), monkeypatch)


@pytest.fixture
def client(wire: Wire) -> Client:
    """A client whose key may do everything, and was looked up before the test."""
    wire.then(known_key(accounts.MANAGE))
    accounts.authenticate("secret")
    wire.requests.clear()
    return Client("secret")
