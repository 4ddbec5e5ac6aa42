"""The entities that messages name are created, and remember when they were seen."""

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from provisioning.accounts import accounts
from provisioning.core import clock
from provisioning.core.kinds import ENTITY
from provisioning.resources import parents
from provisioning.table import dynamodb
from tests.support.client import Client, Context, load_function
from tests.support.queues import event_of, failed, queued
from tests.support.submissions import ACCOUNT, after, deliver, exists, item, naming

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


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


def test_a_message_that_is_delivered_twice_changes_nothing_the_second_time() -> None:
    body = naming("acme")
    assert deliver(body, body) == []
    created = item("acme")
    assert deliver(body) == []
    assert item("acme") == created


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
