"""Fixtures of the tests that call the served system from outside."""

from collections.abc import Iterator

import pytest

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
