"""A client of DynamoDB whose calls end at a script."""

import pytest

from provisioning.aws import clients
from tests.support.transport import Wire


@pytest.fixture(scope="module")
def client() -> clients.Client:
    """A client of DynamoDB."""
    return clients.create("dynamodb")


@pytest.fixture
def wire(client: clients.Client, monkeypatch: pytest.MonkeyPatch, pauses: list[float]) -> Wire:
    """The script of the client's calls."""
    made = Wire()
    monkeypatch.setattr(client._endpoint.http_session, "send", made.send)
    return made
