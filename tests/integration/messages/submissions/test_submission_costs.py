"""What submissions cost in calls, reads and writes."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from provisioning.core import clock
from provisioning.table import dynamodb
from tests.support.client import Client
from tests.support.submissions import deliver, naming
from tests.support.transport import through_to_engine


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, Any]]:
    """What is asked of DynamoDB, with its parameters."""
    return through_to_engine(monkeypatch).requests


def batch_of(messages: int, names: int, at: str | None = None) -> list[str]:
    return [naming(f"entity-{number % names}", at=at) for number in range(messages)]


def test_10000_messages_naming_100_entities_cost_100_reads_and_100_creations(
    calls: list[tuple[str, Any]],
) -> None:
    bodies = batch_of(10_000, 100)
    calls.clear()
    assert deliver(*bodies) == []
    assert [name for name, _ in calls] == [
        "BatchGetItem",  # the hundred entities
        "BatchGetItem",  # their account
        "TransactWriteItems",
        "TransactWriteItems",
    ]
    actions = [part for _, asked in calls[2:] for part in asked["TransactItems"]]
    assert sum("Put" in action for action in actions) == 100
    assert sum("ConditionCheck" in action for action in actions) == 100


def test_10000_messages_naming_100_entities_that_exist_cost_100_reads_and_nothing_else(
    calls: list[tuple[str, Any]],
) -> None:
    bodies = batch_of(10_000, 100)
    deliver(*bodies)
    calls.clear()
    assert deliver(*bodies) == []
    assert [name for name, _ in calls] == ["BatchGetItem"]
    assert (dynamodb.usage.read_units, dynamodb.usage.write_units) == (100, 0)


def test_in_a_new_hour_each_entity_costs_one_write_in_calls_of_25(
    calls: list[tuple[str, Any]],
) -> None:
    deliver(*batch_of(100, 100, at=clock.text(datetime.now(UTC) - timedelta(hours=2))))
    calls.clear()
    bodies = batch_of(1000, 100)
    assert deliver(*bodies) == []
    assert [name for name, _ in calls] == ["BatchGetItem", *["BatchExecuteStatement"] * 4]
    assert sum(len(asked["Statements"]) for _, asked in calls[1:]) == 100
    calls.clear()
    assert deliver(*bodies) == []
    assert [name for name, _ in calls] == ["BatchGetItem"]


def test_a_delete_writes_four_items_one_of_which_is_its_tombstone(
    client: Client, calls: list[tuple[str, Any]]
) -> None:
    written = {}
    for collection, name in (("applications", "shop"), ("entities", "acme")):
        client.create(collection, name)
        calls.clear()
        client.delete(collection, name)
        ((_, asked),) = (call for call in calls if call[0] == "TransactWriteItems")
        written[collection] = len(asked["TransactItems"])
    assert written == {"applications": 4, "entities": 4}
