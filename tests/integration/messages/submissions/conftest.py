"""Fixtures of the tests of submissions."""

import pytest

from tests.support.client import Client
from tests.support.queues import Queues
from tests.support.transport import Wire, through_to_engine


@pytest.fixture(autouse=True)
def account(client: Client, submission_queues: Queues) -> None:
    """An account, which the client's key belongs to."""


@pytest.fixture
def wire(table: str, monkeypatch: pytest.MonkeyPatch, pauses: list[float]) -> Wire:
    """The wire to the engine, on which faults can be scripted."""
    return through_to_engine(monkeypatch)
