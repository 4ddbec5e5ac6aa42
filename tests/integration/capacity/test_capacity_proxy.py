"""The capacity model in front of DynamoDB Local."""

from collections.abc import Iterator

import pytest

from capacity.proxy import Proxy, control
from capacity.settings import Capacity
from provisioning.core.errors import ThrottledError
from provisioning.table import dynamodb, items, reads, writes

ITEM = {"PK": "p", "SK": "1", "type": "x"}


@pytest.fixture
def proxy(endpoint: str, table: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Proxy]:
    """A proxy through which the code under test reaches its table."""
    standing = Proxy(endpoint, Capacity())
    standing.start()
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", standing.endpoint)
    dynamodb.client.cache_clear()
    yield standing
    dynamodb.client.cache_clear()
    standing.stop()


def test_calls_go_through_and_are_counted_by_the_rule_of_aws(proxy: Proxy) -> None:
    dynamodb.usage.reset()
    writes.transact([writes.create(ITEM), writes.create(ITEM | {"SK": "2"})])
    assert dynamodb.usage.write_units == 4
    assert reads.get(items.key_of(ITEM)) == ITEM | {"format": 1}
    statistics = control(proxy.endpoint)
    assert statistics["writes"] == {"p": 4.0}
    assert statistics["reads"] == {"p": 1.0}


def test_a_refusal_is_an_error_of_the_product(proxy: Proxy, pauses: list[float]) -> None:
    control(proxy.endpoint, "PUT", "partition-writes=0.001,burst=1000")
    writes.execute(writes.put(ITEM))
    with pytest.raises(ThrottledError):
        writes.execute(writes.put(ITEM))
    assert control(proxy.endpoint)["refused"]["PutItem"] >= 1
    assert control(proxy.endpoint, "DELETE")["calls"] == {}
