"""Fixtures of the tests of bulk requests."""

import pytest

from tests.support.client import Client


@pytest.fixture
def shop(client: Client) -> Client:
    """A client whose account has an application and an entity."""
    assert client.create("applications", "shop").status == 201
    assert client.create("entities", "acme").status == 201
    return client
