"""Fixtures of the tests of restricted keys."""

import pytest

from tests.support.client import Client
from tests.support.restricted_keys import APPLICATIONS, ENTITIES, LINKS


@pytest.fixture
def world(client: Client) -> Client:
    """A client of an account with a few of everything."""
    for application in APPLICATIONS[1:]:
        client.create("applications", application)
    for entity in ENTITIES:
        client.create("entities", entity)
    for link in LINKS:
        assert client.link(link).status == 201
    return client
