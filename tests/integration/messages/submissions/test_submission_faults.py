"""Faults at every call while a submission is processed."""

import pytest

from provisioning.core.kinds import ENTITY
from provisioning.table import items, keys
from tests.support.client import Client
from tests.support.queues import Queues
from tests.support.submissions import ACCOUNT, deliver, exists, item, naming
from tests.support.transport import (
    Answer,
    Wire,
    answered,
    cancelled,
    carried_out_but,
    passed,
    unanswered,
    unreachable,
)
from tests.support.transport import failed as refused

FAULTS = {
    "unreachable": unreachable,
    "timeout": unanswered,
    "response lost": carried_out_but(unanswered),
    "failure": refused("InternalServerError", 500),
    "failure after success": carried_out_but(refused("InternalServerError", 500)),
    "throttle": refused("ProvisionedThroughputExceededException"),
}
EVERY_FAULT = pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
STEPS = 5
"""Calls of a batch that creates and sees: entities, accounts, two transactions, a batch."""


def prepare(client: Client, run: int) -> list[str]:
    """Return messages that name entities to be created, and some that exist already."""
    names = [f"run-{run}-{number:02}" for number in range(60)]
    for name in names[:3]:
        assert client.create("entities", name, "Kept").status == 201
    return names


def check_all_there_once(client: Client, run: int, names: list[str]) -> None:
    listed = [entity for entity in entities_of(client) if entity["entityId"] in names]
    assert [entity["entityId"] for entity in listed] == names
    for number, entity in enumerate(listed):
        assert entity["entityName"] == ("Kept" if number < 3 else names[number])


def entities_of(client: Client) -> list[dict[str, str]]:
    results: list[dict[str, str]] = client.list("entities", size=1000).json["results"]
    return results


@EVERY_FAULT
def test_one_fault_at_any_call_is_not_noticed(client: Client, wire: Wire, fault: Answer) -> None:
    for position in range(STEPS):
        names = prepare(client, position)
        wire.requests.clear()
        wire.then(*[passed] * position, fault)
        assert deliver(naming(*names)) == []
        assert not wire.script
        check_all_there_once(client, position, names)


@EVERY_FAULT
def test_a_longer_failure_is_reported_and_the_message_succeeds_when_delivered_again(
    client: Client, wire: Wire, fault: Answer
) -> None:
    for position in range(STEPS - 1):
        names = prepare(client, position)
        wire.then(*[passed] * position)
        wire.always(fault)
        assert deliver(naming(*names)) == ["0"]
        wire.otherwise = None
        assert deliver(naming(*names)) == []
        check_all_there_once(client, position, names)


def test_messages_whose_entities_are_settled_are_not_reported_with_others(
    client: Client, wire: Wire
) -> None:
    client.create("entities", "old")
    wire.then(passed, passed)
    wire.always(refused("ProvisionedThroughputExceededException"))
    assert deliver(naming("old"), naming("new"), naming("old", "new")) == ["1", "2"]


def test_that_an_entity_was_seen_is_not_worth_a_failure(client: Client, wire: Wire) -> None:
    client.create("entities", "old")
    wire.then(passed)
    wire.always(refused("InternalServerError", 500))
    assert deliver(naming("old")) == []


def test_a_bad_message_that_waits_for_the_table_is_not_given_up_yet(
    wire: Wire, submission_queues: Queues
) -> None:
    wire.always(unreachable)
    assert deliver(naming("good", "null")) == ["0"]
    assert submission_queues.dead() == {}
    wire.otherwise = None
    assert deliver(naming("good", "null")) == ["0"]
    assert exists("good")
    assert len(submission_queues.dead()) == 1


def test_keys_that_are_left_unprocessed_are_asked_for_again(
    client: Client, wire: Wire, table: str
) -> None:
    client.create("entities", "old", "Kept")
    key = items.key_attributes(keys.parent(ACCOUNT, ENTITY, "old"))
    left = {table: {"Keys": [items.encode(key)], "ConsistentRead": True}}
    wire.then(answered(Responses={}, UnprocessedKeys=left))
    wire.requests.clear()
    assert deliver(naming("old")) == []
    assert item("old")["name"] == "Kept"
    assert wire.operations.count("BatchGetItem") == 2


def test_a_conflict_with_another_transaction_is_waited_out(client: Client, wire: Wire) -> None:
    conflict = cancelled("TransactionConflict", *["None"] * 3)
    wire.then(passed, passed, conflict, conflict)
    assert deliver(naming("first", "second")) == []
    assert exists("first")
