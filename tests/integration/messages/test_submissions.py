"""The entities that messages name are created: once, in the right order with deletes, cheaply."""

import json
import random
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from provisioning.accounts import accounts, quotas
from provisioning.core import clock
from provisioning.core.errors import ConflictError, NotFoundError
from provisioning.core.kinds import ENTITY
from provisioning.messages import received, submissions
from provisioning.messages.received import ReceivedMessage
from provisioning.operations import deletions, tombstones
from provisioning.resources import parents
from provisioning.table import dynamodb, items, keys, reads
from tests.support.client import Client, Context, load_function
from tests.support.queues import Queues, event_of, failed, queued
from tests.support.races import race
from tests.support.transport import (
    Answer,
    Wire,
    answered,
    cancelled,
    carried_out_but,
    passed,
    through_to_engine,
    unanswered,
    unreachable,
)
from tests.support.transport import failed as refused

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

ACCOUNT = "acme"


@pytest.fixture(autouse=True)
def account(client: Client, submission_queues: Queues) -> None:
    """An account, which the client's key belongs to."""


@pytest.fixture
def wire(table: str, monkeypatch: pytest.MonkeyPatch, pauses: list[float]) -> Wire:
    """The wire to the engine, on which faults can be scripted."""
    return through_to_engine(monkeypatch)


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that the code under test would have made."""
    made: list[float] = []
    monkeypatch.setattr("time.sleep", made.append)
    return made


def deliver(*bodies: str) -> list[str]:
    """Hand messages to the function; return the ids of those that it reports."""
    return failed(load_function("submissions").handler(event_of(*bodies), Context()))


def naming(*names: Any, at: str | None = None) -> str:
    """A submission of a message for each entity."""
    submission = {"messages": [{"entityId": name} for name in names]}
    return queued(submission, ACCOUNT, at)


def item(name: str) -> Any:
    return parents.get(ACCOUNT, ENTITY, name)


def exists(name: str) -> bool:
    return reads.get(keys.parent(ACCOUNT, ENTITY, name)) is not None


def after(moment: str, milliseconds: int = 1) -> str:
    return clock.text(datetime.fromisoformat(moment) + timedelta(milliseconds=milliseconds))


def deletion(name: str) -> str:
    """When an entity was deleted, as it is remembered."""
    remembered = reads.get(keys.parent_tombstone(ACCOUNT, ENTITY, name))
    assert remembered is not None
    moment: str = remembered["deletedAt"]
    return moment


# --- creating -----------------------------------------------------------------------------------


def test_an_entity_that_does_not_exist_is_created_and_marked_as_made_by_a_message() -> None:
    moment = clock.now()
    assert deliver(naming("acme", at=moment)) == []
    created = item("acme")
    assert (created["id"], created["name"], created["type"]) == ("acme", "acme", "entity")
    assert (created["origin"], created["firstSeenAt"], created["lastSeenAt"]) == (
        "message",
        moment,
        moment,
    )


def test_clients_do_not_see_how_it_was_made(client: Client) -> None:
    deliver(naming("acme"))
    shown = {"entityId": "acme", "entityName": "acme"}
    assert client.get("entities", "acme").json == shown
    assert client.list("entities").json["results"] == [shown]


def test_an_entity_that_exists_keeps_its_name_and_how_it_was_made(client: Client) -> None:
    client.create("entities", "acme", "Acme Ltd")
    generation = item("acme")["generation"]
    assert deliver(naming("acme")) == []
    assert client.get("entities", "acme").json["entityName"] == "Acme Ltd"
    assert item("acme")["generation"] == generation
    assert "origin" not in item("acme")


def test_a_renamed_entity_keeps_its_new_name(client: Client) -> None:
    deliver(naming("acme"))
    client.rename("entities", "acme", {})
    deliver(naming("acme"))
    assert client.get("entities", "acme").json == {"entityId": "acme"}


def test_an_entity_made_by_a_message_can_be_linked_and_deleted(client: Client) -> None:
    deliver(naming("acme"))
    sender = {"resourceType": "NUMBER", "channel": "SMS", "resourceId": "4411"}
    assert client.link(sender | {"applicationId": "default", "entityId": "acme"}).status == 201
    assert client.create("entities", "acme").status == 409
    assert client.delete("entities", "acme").status == 200


def test_messages_of_several_accounts_create_only_their_own() -> None:
    accounts.create("other")
    assert deliver(naming("acme"), queued({"entityId": "theirs"}, "other")) == []
    assert exists("acme")
    assert not exists("theirs")
    assert parents.get("other", ENTITY, "theirs")["name"] == "theirs"


def test_an_application_is_never_created_and_stops_nothing(client: Client) -> None:
    platform = {"applicationId": "unknown", "entityId": "acme"}
    assert deliver(queued({"platform": platform})) == []
    assert exists("acme")
    assert client.list("applications").ids == ["default"]


# --- when it was seen ---------------------------------------------------------------------------


def test_the_first_and_the_last_message_of_a_batch_are_remembered() -> None:
    now = clock.now()
    moments = [after(now, -3), after(now, -1), after(now, -2)]
    deliver(*(naming("acme", at=moment) for moment in moments))
    assert item("acme")["firstSeenAt"] == after(now, -3)
    assert item("acme")["lastSeenAt"] == after(now, -1)


def test_that_an_entity_was_seen_is_written_once_an_hour() -> None:
    hour = timedelta(hours=1)
    start = datetime.now(UTC).replace(minute=5) - 3 * hour
    moments = [start, start + timedelta(minutes=50), start + hour, start + timedelta(minutes=30)]
    seen = []
    for moment in moments:
        dynamodb.usage.reset()
        assert deliver(naming("acme", at=clock.text(moment))) == []
        seen.append(item("acme")["lastSeenAt"])
    assert seen == [clock.text(moments[at]) for at in (0, 0, 2, 2)]
    assert item("acme")["firstSeenAt"] == clock.text(start)


def test_an_entity_that_a_client_made_remembers_when_it_was_seen(client: Client) -> None:
    client.create("entities", "acme")
    moment = clock.now()
    deliver(naming("acme", at=moment))
    assert (item("acme")["firstSeenAt"], item("acme")["lastSeenAt"]) == (moment, moment)


def test_a_message_is_not_seen_after_it_was_sent() -> None:
    before = clock.now()
    assert deliver(naming("acme", at="2999-12-31T23:59:59Z")) == []
    assert before <= item("acme")["lastSeenAt"] <= clock.now()


def test_a_sample_event_of_long_ago_is_as_if_it_were_sent_now() -> None:
    moment = clock.now()
    event = event_of(naming("acme", at=moment))
    event["Records"][0]["attributes"]["SentTimestamp"] = "1545082649183"
    assert failed(load_function("submissions").handler(event, Context())) == []
    assert item("acme")["lastSeenAt"] == moment


# --- messages and deletes -----------------------------------------------------------------------


def test_a_later_message_creates_a_deleted_entity_again(client: Client) -> None:
    deliver(naming("acme"))
    generation = item("acme")["generation"]
    client.delete("entities", "acme")
    assert deliver(naming("acme", at=after(deletion("acme")))) == []
    assert item("acme")["generation"] != generation
    assert item("acme")["firstSeenAt"] > deletion("acme")


@pytest.mark.parametrize("milliseconds", [0, -1, -86_400_000])
def test_a_message_submitted_before_the_delete_creates_nothing_however_late_it_comes(
    client: Client, milliseconds: int
) -> None:
    client.create("entities", "acme")
    client.delete("entities", "acme")
    assert deliver(naming("acme", at=after(deletion("acme"), milliseconds))) == []
    assert not exists("acme")


def test_messages_before_and_after_a_delete_may_come_in_any_order(client: Client) -> None:
    client.create("entities", "acme")
    client.delete("entities", "acme")
    late = naming("acme", at=after(deletion("acme"), -1))
    new = naming("acme", at=after(deletion("acme")))
    assert deliver(late) == []
    assert deliver(new, late) == []
    assert deliver(late) == []
    assert exists("acme")


def test_only_the_deleted_one_of_a_batch_is_not_created(client: Client) -> None:
    client.create("entities", "deleted")
    client.delete("entities", "deleted")
    names = [f"entity-{number}" for number in range(60)]
    late = after(deletion("deleted"), -1)
    assert deliver(naming(*names, "deleted", at=late)) == []
    assert client.list("entities", size=100).ids == sorted(names)


def test_the_last_of_several_deletes_counts(client: Client) -> None:
    client.create("entities", "acme")
    client.delete("entities", "acme")
    between = after(deletion("acme"))
    time.sleep(0.005)
    client.create("entities", "acme")
    client.delete("entities", "acme")
    assert deliver(naming("acme", at=between)) == []
    assert not exists("acme")


def test_clients_create_a_deleted_entity_whenever_they_want(client: Client) -> None:
    client.create("entities", "acme")
    client.delete("entities", "acme")
    assert client.create("entities", "acme", "Acme Ltd").status == 201


def test_a_delete_is_forgotten_when_no_message_can_be_that_old(client: Client) -> None:
    client.create("entities", "acme")
    client.delete("entities", "acme")
    remembered = reads.get(keys.parent_tombstone(ACCOUNT, ENTITY, "acme"))
    assert remembered is not None
    days = (remembered["expiresAt"] - time.time()) / 86400
    assert received.MAXIMUM_AGE.days < days <= tombstones.TOMBSTONE_DAYS


# --- what cannot be processed ------------------------------------------------------------------


def test_no_more_entities_are_created_than_the_account_may_have(
    submission_queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIMITS", json.dumps({"entities": 2}))
    quotas._counts.clear()
    assert deliver(naming("first"), naming("second")) == []
    third = naming("third")
    assert deliver(third, naming("second")) == ["0"]
    assert submission_queues.dead() == {
        third: "entityId: the account may have 2 entities, and has them"
    }
    assert not exists("third")
    monkeypatch.setenv("LIMITS", json.dumps({"entities": 3}))
    assert deliver(third) == []
    assert exists("third")


POISON = {
    "no JSON": ("not json", "body: must be valid JSON"),
    "nothing": (" ", "body: must not be empty"),
    "a list": ("[]", "body: must be a JSON object"),
    "no account": (
        json.dumps({"submittedAt": "2999-01-01T00:00:00Z", "submission": {}}),
        "accountId: must not be null",
    ),
    "an account that does not exist": (
        queued({"entityId": "acme"}, "nobody"),
        "accountId: does not exist",
    ),
    "no account's id": (queued({"entityId": "acme"}, "a#ENTITY"), "accountId: is not valid"),
    "no time": (
        json.dumps({"accountId": "acme", "submission": {}}),
        "submittedAt: must not be null",
    ),
    "no moment": (
        queued({}, submitted_at="now"),
        "submittedAt: must be a moment such as 2026-11-23T16:40:08Z",
    ),
    "a time in no zone": (queued({}, submitted_at="2026-11-23T16:40"), "submittedAt: is not valid"),
    "too old": (
        queued({}, submitted_at="0001-01-01T00:00:00+14:00"),
        "submittedAt: must not be more than 28 days ago",
    ),
    "no submission": (queued(None), "submission: must not be null"),
    "a text": (queued("acme"), "submission: must be a JSON object"),
    "blank id": (queued({"entityId": " "}), "submission.entityId: must not be blank"),
    "long id": (
        queued({"platform": {"entityId": "x" * 256}}),
        "submission.platform.entityId: size must be between 1 and 255",
    ),
    "null": (
        queued({"messages": [{"entityId": "null"}]}),
        'submission.messages[0].entityId: must not be "null"',
    ),
    "repeated": (
        '{"accountId": "acme", "accountId": "other"}',
        "accountId: must not be repeated",
    ),
    "strangely repeated": ('{"é\\u0000": 1, "é\\u0000": 2}', "\\xe9\\x00: must not be repeated"),
}


@pytest.mark.parametrize(("body", "reason"), POISON.values(), ids=POISON)
def test_one_that_can_never_be_processed_gets_its_reason_and_stops_no_other(
    submission_queues: Queues, body: str, reason: str
) -> None:
    for sent in (naming("first"), body, naming("second")):
        submission_queues.sqs.send_message(QueueUrl=submission_queues.url, MessageBody=sent)
    event = submission_queues.event()
    (poison,) = (record for record in event["Records"] if record["body"] == body)
    answer = load_function("submissions").handler(event, Context())
    assert failed(answer) == [poison["messageId"]]
    assert exists("first")
    assert exists("second")
    (letter,) = submission_queues.dead().items()
    assert letter == (body, reason)
    # Lambda removes what was not reported.
    assert submission_queues.count() == 2


def test_the_good_ids_of_a_bad_submission_are_created_all_the_same() -> None:
    assert deliver(naming("first", "null", "second")) == ["0"]
    assert exists("first")
    assert exists("second")


def test_a_dead_letter_names_its_message(submission_queues: Queues) -> None:
    assert deliver("not json") == ["0"]
    (letter,) = submission_queues.sqs.receive_message(
        QueueUrl=submission_queues.dead_url, MessageAttributeNames=["All"]
    )["Messages"]
    assert letter["MessageAttributes"]["messageId"]["StringValue"] == "0"


def test_many_that_can_never_be_processed_all_get_their_reasons(
    submission_queues: Queues,
) -> None:
    bodies = [f"poison {number}" for number in range(35)]
    assert len(deliver(*bodies, naming("acme"))) == len(bodies)
    assert set(submission_queues.dead()) == set(bodies)


def test_where_the_dead_letters_cannot_be_reached_the_message_is_reported_and_stays(
    submission_queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DEAD_SUBMISSIONS_URL", f"{submission_queues.url}-gone")
    submission_queues.sqs.send_message(QueueUrl=submission_queues.url, MessageBody="not json")
    event = submission_queues.event()
    assert len(failed(load_function("submissions").handler(event, Context()))) == 1
    assert submission_queues.count() == 1


# --- what it costs ------------------------------------------------------------------------------


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


# --- faults -------------------------------------------------------------------------------------

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


def test_a_message_that_is_delivered_twice_changes_nothing_the_second_time() -> None:
    body = naming("acme")
    assert deliver(body, body) == []
    created = item("acme")
    assert deliver(body) == []
    assert item("acme") == created


# --- races --------------------------------------------------------------------------------------


def submission_of(*bodies: str) -> Callable[[], int]:
    """Process messages as one of many processes would: below the handler, which serves one.

    What is reported is delivered again, as the queue does it.

    Returns:
        An act that returns how many entities it created.
    """
    records = [ReceivedMessage.of(record) for record in event_of(*bodies)["Records"]]

    def process_until_done() -> int:
        outcome = submissions.process(records)
        created = outcome.created
        while outcome.failed:
            outcome = submissions.process(records)
            created += outcome.created
        return created

    return process_until_done


def test_an_entity_that_many_name_at_once_is_created_exactly_once() -> None:
    for turn in range(5):
        names = [f"entity-{turn}-{number}" for number in range(10)]
        acts = [submission_of(naming(*random.sample(names, 10))) for _ in range(10)]
        assert sum(race(acts)) == 10
        assert all(item(name)["name"] == name for name in names)


def test_a_message_and_a_client_create_an_entity_once() -> None:
    def create(name: str) -> str:
        try:
            parents.create(ACCOUNT, ENTITY, name, "by hand")
        except ConflictError:
            return "conflict"
        return "created"

    for turn in range(10):
        name = f"entity-{turn}"
        by_hand: list[Callable[[], Any]] = [lambda name=name: create(name)] * 4  # type: ignore[misc]
        by_message: list[Callable[[], Any]] = [submission_of(naming(name)) for _ in range(4)]
        outcomes = race([*by_hand, *by_message])
        made_by_hand = outcomes[:4].count("created")
        made_by_message = sum(outcomes[4:])
        assert made_by_hand + made_by_message == 1
        assert item(name)["name"] == ("by hand" if made_by_hand else name)


def test_no_message_submitted_before_a_delete_brings_the_entity_back() -> None:
    """Clients create and delete while messages arrive that were submitted before all of it."""

    def create_and_delete(name: str) -> None:
        with suppress(ConflictError):
            parents.create(ACCOUNT, ENTITY, name, None)
        with suppress(NotFoundError):
            deletions.delete(ACCOUNT, ENTITY, name)

    for turn in range(8):
        name = f"entity-{turn}"
        late = naming(name, at=after(clock.now(), -1000))
        acts: list[Callable[[], Any]] = [
            *[lambda name=name: create_and_delete(name)] * 4,
            *(submission_of(late) for _ in range(8)),
        ]
        random.shuffle(acts)
        race(acts)
        assert not exists(name)


def test_a_message_submitted_after_a_delete_always_leaves_the_entity() -> None:
    for turn in range(8):
        name = f"entity-{turn}"
        parents.create(ACCOUNT, ENTITY, name, None)
        deletions.delete(ACCOUNT, ENTITY, name)
        late, new = (naming(name, at=after(deletion(name), step)) for step in (-1, 1))
        acts = [submission_of(body) for body in random.sample([late, late, new, new, late, new], 6)]
        assert sum(race(acts)) == 1
        assert exists(name)


def test_the_table_has_only_the_entities_that_were_named(
    database: "DynamoDBClient", table: str
) -> None:
    deliver(naming("first", "second"), naming("second", "third"))
    found = database.query(
        TableName=table,
        KeyConditionExpression="PK = :entities",
        ExpressionAttributeValues={":entities": {"S": f"ACCOUNT#{ACCOUNT}#ENTITY"}},
    )
    assert sorted(stored["id"]["S"] for stored in found["Items"]) == ["first", "second", "third"]
