"""Fixtures of the tests of resources."""

import pytest

from tests.support.client import Client


@pytest.fixture
def owner(client: Client) -> Client:
    """A client whose account has an application and an entity."""
    client.create("applications", "shop")
    client.create("entities", "customer")
    return client
