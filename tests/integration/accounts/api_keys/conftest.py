"""Fixtures of the tests of API keys."""

import pytest

from provisioning.accounts import accounts, authentication, key_creation, principals
from tests.support.client import Client


@pytest.fixture
def owner(table: str) -> Client:
    """A client whose key may do everything, and manage keys."""
    accounts.create("acme")
    return Client(key_creation.create_key("acme", principals.SCOPES))


@pytest.fixture
def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that look up every key for every request."""
    monkeypatch.setattr(authentication, "CACHE_SECONDS", 0)
