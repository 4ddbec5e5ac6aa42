"""Fixtures of the tests of choices of senders."""

from collections.abc import Iterator

import pytest

from provisioning.accounts import key_creation, principals
from provisioning.senders import snapshots
from tests.support.client import Client


@pytest.fixture
def manager(client: Client) -> Iterator[Client]:
    """A client whose key has every scope, of an account with an application and an entity."""
    manager = Client(key_creation.create_key("acme", principals.SCOPES))
    manager.create("applications", "shop")
    manager.create("entities", "customer")
    snapshots.forget()
    yield manager
    snapshots.forget()
