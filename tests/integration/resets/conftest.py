"""Fixtures of the tests of resets."""

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from local.table import create as create_table
from tests.support.deployment import stack
from tests.support.transport import way_to_engine

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb.client import DynamoDBClient

    from tests.support.world import World

pytest.register_assert_rewrite("tests.support.ledger", "tests.support.world")


@pytest.fixture
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices of few links, so that few links make many: handing on, splitting, finishing."""
    monkeypatch.setattr("provisioning.dynamodb.TRANSACTION_ITEMS", 6)
    monkeypatch.setattr("provisioning.resets.QUERY_LINKS", 3)
    monkeypatch.setattr("provisioning.resets.PARTS", 3)
    monkeypatch.setattr("provisioning.resets.SLICE_SECONDS", -1)


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tries follow each other at once."""
    monkeypatch.setattr("time.sleep", lambda _seconds: None)


@pytest.fixture
def new_world(
    database: "DynamoDBClient", endpoint: str, monkeypatch: pytest.MonkeyPatch
) -> "Callable[[], World]":
    """Makes worlds, each with a table of its own that replaces the one before."""
    # Not before the environment is set, which is after this file is read.
    from tests.support.stream import Stream, streams_client  # noqa: PLC0415
    from tests.support.world import World  # noqa: PLC0415

    made: list[str] = []
    streams = streams_client(endpoint)
    send = way_to_engine()

    def make() -> World:
        for old in made:
            database.delete_table(TableName=old)
        made[:] = [f"test-{uuid.uuid4()}"]
        create_table(database, replace(stack().table, name=made[0]))
        monkeypatch.setenv("TABLE_NAME", made[0])
        stream = Stream(streams, database, made[0])
        return World(database, stream, made[0], send, monkeypatch)

    return make


@pytest.fixture
def world(new_world: "Callable[[], World]", no_pauses: None) -> "World":
    """A world with a table of its own."""
    return new_world()
