"""Fixtures of the tests that call the served system from outside."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.installed import bare_environment, install
from tests.support.served import Served, served


@pytest.fixture(scope="session")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The whole system, served for all tests of this worker process."""
    with served(tmp_path_factory.mktemp("served")) as running:
        yield running


@pytest.fixture
def api_key(system: Served) -> str:
    """A key of a new account, which may do everything."""
    return system.new_account()


@pytest.fixture(scope="session")
def command(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The command line, installed."""
    return install(tmp_path_factory.mktemp("installed"))


@pytest.fixture
def environment(system: Served, api_key: str, tmp_path: Path) -> dict[str, str]:
    """The environment of a user's shell, with a key of a new account."""
    return bare_environment(tmp_path, AEM_URL=system.url, AEM_API_KEY=api_key)
