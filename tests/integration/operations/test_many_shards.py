"""Operations of a thousand shards end, are cancelled, resumed and undone like small ones."""

from typing import TYPE_CHECKING, Any, cast

import pytest

from provisioning.core import ids
from provisioning.operations import creation, journal, journal_entry, lookup, slice_end, transitions
from provisioning.operations.journal_entry import JournalEntry
from provisioning.operations.shard_state import applied
from provisioning.resources import association_items
from provisioning.table import items, writes
from tests.support.associations import sms
from tests.support.seeding import ACCOUNT, association, put
from tests.support.small_slices import use_small_slices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_dynamodb.client import DynamoDBClient

    from provisioning.table.operation_types import Operation, Shard
    from tests.support.client import Response
    from tests.support.operator import Operator

SHARDS = 1000
"""Shards beside the operation's own item: ten times what fits into a transaction."""


def ended_shards(operation: "Operation", generation: str) -> "Iterator[dict[str, Any]]":
    """Yield the items of shards that have each moved one association from ``a`` to ``default``."""
    for number in range(SHARDS):
        before, creation_id = association("a", None, str(number)), ids.new_id()
        after = before.by_default()
        shard = creation.new_shard(operation, done=1, **transitions.shard_ended())
        moved = JournalEntry(
            before.members(),
            after.members(),
            journal_entry.MOVED,
            ids.new_id(),
            {"applicationGeneration": generation},
            None,
            creation_id,
        )
        yield cast("dict[str, Any]", applied(shard, {}))
        yield cast("dict[str, Any]", journal.new_item(shard, 1, [moved]))
        for item in association_items.items_of(ACCOUNT, after, creation_id, {}):
            yield {**item, "shares": 1}


def operation_of(answer: "Response") -> "Operation":
    """Return the stored operation that a response locates."""
    return lookup.get(ACCOUNT, answer.headers["Operation-Location"].rpartition("/")[2])


def add_shards(
    database: "DynamoDBClient", table: str, operation: "Operation", generation: str = ""
) -> None:
    """Put shards that have ended beside an operation's own item, which has yet to start."""
    put(database, table, ended_shards(operation, generation))
    writes.execute(writes.update(items.key_of(operation), {"split": True}))


def other_shards(operation: "Operation") -> "list[Shard]":
    return lookup.further_shards(lookup.get(ACCOUNT, operation["operationId"]))


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let one slice make fewer shards expire than the operation has."""
    monkeypatch.setattr(slice_end, "EXPIRED_AT_ONCE", SHARDS // 3)


@pytest.mark.usefixtures("few_at_once")
def test_a_deletion_of_a_thousand_shards_is_undone(
    operator: "Operator", database: "DynamoDBClient", table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator.prepare("a", "", [])
    deleted = operator.delete("applications", "a")
    operation = operation_of(deleted)
    add_shards(database, table, operation, operation["parentGeneration"])
    assert operator.settled(deleted)["done"] == SHARDS
    assert all("expiresAt" in shard for shard in other_shards(operation))

    monkeypatch.setattr("provisioning.operations.slices.SLICE_SECONDS", 0.5)
    undone = operator.undo(operation["operationId"])
    assert undone.status == 202, undone.text
    shown = operator.settled(undone)
    assert (shown["done"], shown["failed"], shown["total"]) == (SHARDS, 0, SHARDS)
    assert {link["applicationId"] for link in operator.links()} == {"a"}
    assert len(operator.links()) == SHARDS
    shards = other_shards(operation_of(undone))
    assert 0 < len(shards) < SHARDS
    assert all("expiresAt" in shard for shard in shards)


@pytest.mark.usefixtures("few_at_once")
def test_a_reassignment_of_a_thousand_shards_is_resumed_and_cancelled(
    operator: "Operator", database: "DynamoDBClient", table: str
) -> None:
    operator.prepare("ab", "", [])
    started = operator.reassign({"applicationId": "a"}, {"applicationId": "b"})
    operation = operation_of(started)
    add_shards(database, table, operation)
    path = f"operations/{operation['operationId']}"
    assert operator.post(f"{path}/resume").status == 202
    assert operator.post(f"{path}/cancel").status == 202
    operator.settle()
    assert operator.operation(started)["state"] == "CANCELLED"
    assert all("expiresAt" in shard for shard in other_shards(operation))
    events = [event["event"] for event in operator.operation(started)["events"]]
    assert events.count("RESUMED") == 1


def test_an_operation_is_split_into_a_bounded_number_of_shards(
    operator: "Operator", monkeypatch: pytest.MonkeyPatch
) -> None:
    use_small_slices(monkeypatch, transaction_items=100)
    monkeypatch.setattr(slice_end, "MAXIMUM_SHARDS", 3)
    monkeypatch.setattr(slice_end, "OPEN_SHARDS", 100)
    operator.prepare("a", "", [sms("a", None, str(number)) for number in range(40)])
    deleted = operator.delete("applications", "a")
    assert operator.settled(deleted)["done"] == 40
    assert len(other_shards(operation_of(deleted))) == 2
