"""Fixtures of every kind of test.

Each process of a run has a DynamoDB Local of its own, in memory, and each test that uses the table
has a table of its own in a database of its own. The unit tests use moto: they run without Java.
"""

import provisioning.aws  # noqa: F401 - before another module imports botocore: it sets its retries

# isort: split

import os
import signal
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from local.settings import credentials
from local.table import create as create_table
from provisioning.accounts import accounts, key_creation
from provisioning.aws import bounds, clients
from provisioning.table import dynamodb
from tests.support import moves_report
from tests.support.client import Client
from tests.support.databases import Databases
from tests.support.deployment import function_environment, stack
from tests.support.engine_locks import patient
from tests.support.paces import forget_paces

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter
    from mypy_boto3_dynamodb.client import DynamoDBClient

NO_TABLE = "no-table"
UNIT = Path(__file__).with_name("unit")
PROCESS = f"test{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
PATIENCE_SECONDS = 60.0


def pytest_configure() -> None:
    """Set the environment of a deployed function, before any of its modules reads it.

    A shell without job control starts background jobs with Ctrl-C ignored, and the programs that
    the tests start would inherit this.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.update(credentials(PROCESS))
    os.environ.update(function_environment() | {"TABLE_NAME": NO_TABLE, "LIMITS": "{}"})
    settings.register_profile("project", deadline=None, derandomize="CI" in os.environ)
    settings.load_profile("project")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the unit tests first: once a process uses the engine, moto answers it no more."""
    items.sort(key=lambda item: not item.path.is_relative_to(UNIT))


def pytest_terminal_summary(terminalreporter: "TerminalReporter") -> None:
    """Say at the end how many associations operations have moved."""
    moves_report.write(terminalreporter)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses, in seconds, that the code under test and the SDK would have made."""
    made: list[float] = []
    monkeypatch.setattr("time.sleep", made.append)
    return made


@pytest.fixture(scope="session")
def databases() -> Iterator[Databases]:
    """The databases of this process; the code under test uses the one taken last.

    It waits for answers longer than it would on AWS: a busy machine is no fault of the table.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("AWS_ENDPOINT_URL_DYNAMODB", raising=False)
        patch.setattr(bounds, "READ_SECONDS", PATIENCE_SECONDS)
        patch.setattr(bounds, "REQUEST_SECONDS", PATIENCE_SECONDS)
        patch.setattr(clients, "create", patient(clients.create))
        made = Databases(PROCESS)
        yield made
        made.stop()
    dynamodb.client.cache_clear()


@pytest.fixture
def endpoint(databases: Databases) -> str:
    """The endpoint of the engine, which is a new one if the one before is worn."""
    databases.renew()
    return databases.endpoint


@pytest.fixture
def database(databases: Databases, endpoint: str) -> "DynamoDBClient":
    """A DynamoDB client of the tests' own; the code under test uses the same database."""
    return databases.take()


@pytest.fixture
def table(database: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The name of a new table that the code under test uses; it goes with its test."""
    name = f"test-{uuid.uuid4()}"
    create_table(database, replace(stack().table, name=name))
    monkeypatch.setenv("TABLE_NAME", name)
    forget_paces(monkeypatch)
    yield name
    database.delete_table(TableName=name)


@pytest.fixture
def client(table: str) -> Client:
    """A client of a new account, whose key may do everything."""
    accounts.create("acme")
    return Client(key_creation.create_key("acme"))
