"""The buckets behind the rate: how fast they fill, and what they cost."""

import time
from typing import TYPE_CHECKING

import pytest

from provisioning.accounts import rate_limits
from provisioning.core.errors import ThrottledError
from provisioning.table import dynamodb, keys
from tests.support.associations import stored_items
from tests.support.client import Client
from tests.support.limits import limit

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


def bucket(rate: int = 1, burst: int = 40) -> rate_limits.TokenBucket:
    return rate_limits.TokenBucket(keys.token_bucket("acme"), rate, burst)


def take_all(one: rate_limits.TokenBucket) -> int:
    """Take tokens until there are none; return how many there were."""
    for taken in range(100_000):
        try:
            one.take()
        except ThrottledError:
            return taken
    raise AssertionError


@pytest.mark.usefixtures("table")
def test_a_share_is_one_write(database: "DynamoDBClient") -> None:
    one = bucket(rate=1000, burst=2000)
    dynamodb.usage.reset()
    for _ in range(1 + 10 * 100):
        one.take()
    assert dynamodb.usage.calls <= 10 + 1
    assert dynamodb.usage.write_units <= 10 + 1
    assert dynamodb.usage.read_units == 0


@pytest.mark.usefixtures("table")
def test_many_processes_lease_no_more_than_there_is() -> None:
    processes = [bucket(rate=1, burst=100) for _ in range(8)]
    started = time.time()
    taken = sum(take_all(one) for one in processes)
    assert 100 <= taken - len(processes) <= 100 + (time.time() - started) + 1


@pytest.mark.usefixtures("table")
def test_a_bucket_fills_at_its_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    one = bucket(rate=10, burst=20)
    assert take_all(one) >= 20
    moment = time.time_ns()
    monkeypatch.setattr("time.time_ns", lambda: moment + 1_000_000_000)
    monkeypatch.setattr("time.time", lambda: moment / 1e9 + 1)
    assert 8 <= take_all(one) <= 10


@pytest.mark.usefixtures("table")
def test_a_flood_costs_no_write_for_every_refusal() -> None:
    one = bucket(rate=1, burst=20)
    take_all(one)
    dynamodb.usage.reset()
    for _ in range(1000):
        with pytest.raises(ThrottledError):
            one.take()
        if one.held:
            break
    assert dynamodb.usage.calls <= 5


def test_the_buckets_vanish_when_nobody_uses_them(
    client: Client, database: "DynamoDBClient", table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, accountRequestsPerSecond=10, accountBurst=20)
    for _ in range(3):
        client.get("applications", "default")
    (found,) = (item for item in stored_items(database, table) if item["type"] == "tokenBucket")
    assert 0 < found["expiresAt"] - time.time() <= 24 * 60 * 60
