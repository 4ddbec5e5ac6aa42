"""Fixtures of the tests of limits."""

from collections.abc import Iterator

import pytest

from provisioning.accounts import quotas, rate_limits


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    """A process that knows nothing of buckets and counts yet."""
    rate_limits._buckets.clear()
    quotas._counts.clear()
    yield
    rate_limits._buckets.clear()
