"""Fixtures of the tests of operations."""

import uuid
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from local.table import create as create_table
from tests.support.deployment import stack
from tests.support.transport import way_to_engine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mypy_boto3_dynamodb.client import DynamoDBClient

    from tests.support.client import Client
    from tests.support.databases import Databases
    from tests.support.operator import Operator
    from tests.support.world import World

pytest.register_assert_rewrite(
    "tests.support.effects",
    "tests.support.ledger",
    "tests.support.operator",
    "tests.support.world",
)


@pytest.fixture
def small_slices(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small slices: few associations are enough to continue, split and end shards."""
    # Not before the environment is set, which is after this file is read.
    from tests.support.small_slices import use_small_slices  # noqa: PLC0415

    use_small_slices(monkeypatch, transaction_items=6)


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let tries follow each other at once."""
    monkeypatch.setattr("time.sleep", lambda _seconds: None)


@pytest.fixture
def new_world(databases: "Databases") -> "Iterator[Callable[[], World]]":
    """Makes worlds, each with a table of its own that replaces the one before."""
    # Not before the environment is set, which is after this file is read.
    from tests.support.stream import Stream, streams_client  # noqa: PLC0415
    from tests.support.world import World  # noqa: PLC0415

    send = way_to_engine()
    with ExitStack() as made:

        def make() -> World:
            made.close()
            databases.renew()
            database, name = databases.take(), f"test-{uuid.uuid4()}"
            create_table(database, replace(stack().table, name=name))
            made.callback(database.delete_table, TableName=name)
            # What is set is undone with the world, which would else be kept for as long.
            monkeypatch = made.enter_context(pytest.MonkeyPatch.context())
            monkeypatch.setenv("TABLE_NAME", name)
            stream = Stream(streams_client(databases.endpoint), database, name)
            return World(database, stream, name, send, monkeypatch)

        yield make


@pytest.fixture
def world(new_world: "Callable[[], World]", no_pauses: None) -> "World":
    """A world with a table of its own."""
    return new_world()


@pytest.fixture
def operator(client: "Client", database: "DynamoDBClient", table: str, endpoint: str) -> "Operator":
    """An operator of a new account."""
    # Not before the environment is set, which is after this file is read.
    from tests.support.operator import Operator  # noqa: PLC0415
    from tests.support.stream import Stream, streams_client  # noqa: PLC0415

    return Operator(client, Stream(streams_client(endpoint), database, table))


@pytest.fixture(params=["usual", "small"])
def slices(request: pytest.FixtureRequest) -> None:
    """Slices of the usual size, and small ones."""
    if request.param == "small":
        # Not before the environment is set, which is after this file is read.
        from tests.support import small_slices  # noqa: PLC0415

        patch: pytest.MonkeyPatch = request.getfixturevalue("monkeypatch")
        small_slices.use_small_slices(patch, transaction_items=7)
        small_slices.use_small_undo_slices(patch)
