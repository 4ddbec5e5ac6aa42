"""Fixtures of the tests of the gateway."""

import pytest

from tests.support.gateway import Bench


@pytest.fixture
def bench() -> Bench:
    return Bench()
