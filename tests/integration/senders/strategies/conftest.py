"""Fixtures of the tests of sending strategies."""

import pytest

from provisioning.accounts import key_creation, principals
from tests.support.client import Client


@pytest.fixture
def manager(client: Client) -> Client:
    """A client of the account ``acme`` whose key has every scope."""
    return Client(key_creation.create_key("acme", principals.SCOPES))
