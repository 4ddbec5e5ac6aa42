"""The audit: each change once, with who, when, what, before, after and why."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from provisioning.accounts import (
    accounts,
    authentication,
    key_changes,
    key_creation,
    key_secrets,
    principals,
    restrictions,
)
from provisioning.accounts.key_creation import NewKey
from provisioning.accounts.restrictions import Pair
from provisioning.core.kinds import Kind
from provisioning.core.origins import COMMAND
from provisioning.table import dynamodb
from tests.support.associations import shown, sms, stored_items
from tests.support.client import ROOT, Client, Context, load_function
from tests.support.stream import Record, Stream, invoke, settings, streams_client

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

AUDIT = f"{ROOT}/audit"
Settle = Callable[[], list[Record]]


def follow(records: list[Record]) -> None:
    load_function("changes").handler({"Records": records}, Context())


@pytest.fixture
def settle(endpoint: str, database: "DynamoDBClient", table: str, client: Client) -> Settle:
    """Delivers all stream records until there are no more; returns those of the audit."""
    stream = Stream(streams_client(endpoint), database, table)

    def deliver() -> list[Record]:
        followed: list[Record] = []
        while records := stream.read():
            resets = list(filter(settings().matches, records))
            assert not resets or not invoke(resets)
            followed += filter(settings("Changes").matches, records)
        if followed:
            follow(followed)
        return followed

    stream.read()  # How the account and its key were made is none of these tests.
    return deliver


def entries(client: Client, **query: Any) -> list[dict[str, Any]]:
    """Return all entries, newest first, over all pages."""
    found: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        page = client.call("GET", AUDIT, query=query | cursor).json
        found += page["results"]
        if "next" not in page["paging"]:
            return found
        cursor = {"cursor": page["paging"]["next"]}


def members_of(entry: dict[str, Any], *members: str) -> list[Any]:
    return [entry.get(member) for member in members]


def key_id_of(client: Client) -> str:
    assert client.api_key is not None
    return authentication.authenticate(client.api_key).key_id


def test_the_life_of_a_parent_is_its_history(client: Client, settle: Settle, kind: Kind) -> None:
    client.create(kind.collection, "one", "first")
    client.rename(kind.collection, "one", {kind.name_member: "second"})
    client.rename(kind.collection, "one", {kind.name_member: "second"})
    operation = client.delete(kind.collection, "one").headers["Operation-Location"]
    client.create(kind.collection, "another")
    settle()
    deleted, renamed, created = entries(client, **{kind.id_member: "one"})

    def parent(name: str) -> dict[str, str]:
        return {kind.id_member: "one", kind.name_member: name}

    assert members_of(created, "action", "before", "after") == ["CREATED", None, parent("first")]
    assert members_of(renamed, "action", "before", "after") == [
        "CHANGED",
        parent("first"),
        parent("second"),
    ]
    assert members_of(deleted, "action", "before", "after") == ["DELETED", parent("second"), None]
    assert deleted["operationId"] == operation.rpartition("/")[2]
    assert {entry["actor"] for entry in (deleted, renamed, created)} == {key_id_of(client)}
    assert len({entry["requestId"] for entry in (deleted, renamed, created)}) == 3


def test_a_link_and_an_unlink_are_in_the_history_of_the_resource(
    client: Client, settle: Settle
) -> None:
    client.create("entities", "acme")
    link = sms("default", "acme")
    client.link(link)
    assert client.link(link).status == 409
    client.unlink(link)
    assert client.unlink(link).status == 404
    settle()
    unlinked, linked = entries(
        client, resourceType="NUMBER", channel="SMS", resourceId=link["resourceId"]
    )
    assert members_of(linked, "action", "before", "after") == ["LINKED", None, shown(link)]
    assert members_of(unlinked, "action", "before", "after") == ["UNLINKED", shown(link), None]
    assert linked["actor"] == unlinked["actor"] == key_id_of(client)


def test_moves_of_a_delete_are_recorded_with_its_operation(
    client: Client, settle: Settle, kind: Kind
) -> None:
    client.create("applications", "shop")
    client.create("entities", "acme")
    links = [sms("shop", "acme", str(number)) for number in range(60)]
    merging = sms("default", None, "0")
    for link in (*links, merging):
        client.link(link)
    settle()
    operation = client.delete(kind.collection, {"application": "shop", "entity": "acme"}[kind.name])
    settle()
    moved = [entry for entry in entries(client, size=7) if entry["action"] == "MOVED"]
    assert sorted(entry["before"]["resourceId"] for entry in moved) == sorted(
        link["resourceId"] for link in links
    )
    for entry in moved:
        number = entry["before"]["resourceId"]
        assert entry["before"] == shown(sms("shop", "acme", number))
        assert entry["after"] == shown(sms("default", None, number))
        assert entry["operationId"] == operation.headers["Operation-Location"].rpartition("/")[2]
        assert entry["actor"] == key_id_of(client)


def test_a_record_that_comes_again_is_recorded_once(
    client: Client, settle: Settle, database: "DynamoDBClient", table: str
) -> None:
    client.create("applications", "shop")
    client.link(sms("shop"))
    client.unlink(sms("shop"))
    client.delete("applications", "shop")
    records = settle()

    def recorded() -> list[Any]:
        return [item for item in stored_items(database, table) if item["type"] == "audit"]

    before = recorded()
    assert len(before) == 2 * 4
    for batch in (records, records[::-1], records[1:3]):
        follow(batch)
    assert recorded() == before


def test_a_request_that_changes_nothing_is_not_recorded(client: Client, settle: Settle) -> None:
    client.rename("applications", "nothing", {})
    client.create("applications", "default")
    client.delete("applications", "default")
    client.link(sms("nothing"))
    client.call("POST", f"{ROOT}/applications", body="{")
    settle()
    assert entries(client) == []


def test_the_whole_is_read_in_pages_newest_first(client: Client, settle: Settle) -> None:
    for number in range(30):
        client.create("entities", f"e{number:02d}")
    settle()
    whole = entries(client, size=400)
    assert entries(client, size=4) == whole
    assert [entry["target"]["entityId"] for entry in whole] == [
        f"e{number:02d}" for number in reversed(range(30))
    ]


def test_entries_are_found_by_actor_and_time(client: Client, settle: Settle) -> None:
    other = Client(key_creation.create_key("acme"))
    client.create("entities", "one")
    time.sleep(0.01)
    other.create("entities", "two")
    time.sleep(0.01)
    client.create("entities", "three")
    settle()
    three, two, one = entries(client, size=400)[:3]
    by_other = entries(client, actor=key_id_of(other))
    assert [entry["target"]["entityId"] for entry in by_other] == ["two"]
    assert entries(client, since=two["at"], until=two["at"]) == [two]
    assert [three, two] == entries(client, since=two["at"])
    assert entries(client, until=one["at"], entityId="one") == [one]
    assert entries(client, since=two["at"], entityId="one") == []


def test_filters_narrow_each_other(client: Client, settle: Settle) -> None:
    client.create("applications", "shop")
    client.create("entities", "acme")
    for number in "12":
        client.link(sms("shop", "acme", number))
    settle()
    numbers = entries(client, resourceType="NUMBER", channel="SMS")
    assert [entry["target"]["resourceId"] for entry in numbers] == ["2", "1"]
    assert entries(client, resourceId="1") == numbers[1:]
    assert entries(client, channel="EMAIL") == []
    assert entries(client, applicationId="shop", entityId="acme") == []


@pytest.mark.parametrize(
    "query",
    [
        {"since": "2026-01-02T00:00:00Z", "until": "2026-01-01T00:00:00Z"},
        {"since": "0001-01-01T00:00:00+23:59", "until": "0001-01-01T00:00:00+23:59"},
        {"since": "9999-12-31T23:59:59.999999-23:59"},
        {"cursor": "0000-00-00T00:00:00.000Z_0-000"},
        {"since": "2026-01-02T00:00:00Z", "cursor": "2026-01-01T00:00:00.000Z_0-000"},
    ],
)
@pytest.mark.parametrize("target", [{}, {"applicationId": "shop"}])
def test_no_time_has_no_entries(
    client: Client, settle: Settle, query: dict[str, str], target: dict[str, str]
) -> None:
    client.create("applications", "shop")
    settle()
    assert entries(client, **query, **target) == []


@pytest.mark.parametrize(
    "query",
    [
        {"since": "0001-01-01T00:00:00+23:59"},
        {"until": "9999-12-31T23:59:59-23:59"},
        {"cursor": "9999-99-99T99:99:99.999Z_0"},
    ],
)
def test_all_time_has_all_entries(client: Client, settle: Settle, query: dict[str, str]) -> None:
    client.create("applications", "shop")
    settle()
    assert entries(client, **query) == entries(client) != []


def test_a_restricted_api_key_sees_only_its_own_entries(client: Client, settle: Settle) -> None:
    for application in ("shop", "blog"):
        client.create("applications", application)
        client.link(sms(application))
    settle()
    wanted = NewKey((principals.MANAGE,), restrictions.simplified([Pair("shop", None)]))
    key = Client(key_creation.create("acme", wanted, COMMAND)[1])
    assert {str(entry["after"].get("applicationId")) for entry in entries(key)} == {"shop"}
    assert entries(key, applicationId="blog") == []


def test_changes_of_api_keys_are_shown_to_those_that_manage_api_keys(
    client: Client, settle: Settle
) -> None:
    owner = Client(key_creation.create_key("acme", principals.SCOPES))
    key, _ = key_creation.create("acme", NewKey(name="Shop"), COMMAND)
    key_changes.revoke(principals.unrestricted("acme"), key["keyId"], COMMAND)
    settle()
    revoked, created = entries(owner, keyId=key["keyId"])
    assert members_of(created, "action", "actor", "before") == ["CREATED", "command", None]
    assert "revokedAt" in revoked["after"]
    assert entries(client, keyId=key["keyId"]) == []
    assert key_secrets.digest(str(owner.api_key)) not in str(entries(owner))


def test_another_account_sees_nothing_of_it(client: Client, settle: Settle) -> None:
    client.create("applications", "shop")
    settle()
    accounts.create("other")
    other = Client(key_creation.create_key("other", principals.SCOPES))
    assert entries(other) == []
    assert entries(other, applicationId="shop") == []


def test_a_key_that_may_only_read_does_not_see_the_audit(client: Client) -> None:
    reader = Client(key_creation.create_key("acme", (principals.READ,)))
    assert reader.call("GET", AUDIT).status == 403


@pytest.mark.parametrize(
    "query",
    [
        {"resourceType": "PHONE"},
        {"since": "yesterday"},
        {"until": "2026-01-01T00:00:00"},
        {"until": "1767225600"},
        {"size": "0"},
        {"size": "1001"},
        {"size": "x"},
        {"cursor": "%"},
        {"cursor": "a"},
        {"cursor": "gICA"},
    ],
)
def test_a_question_that_cannot_be_is_a_bad_request(client: Client, query: dict[str, str]) -> None:
    assert client.call("GET", AUDIT, query=query).status == 400


def test_entries_vanish_after_their_time(
    client: Client,
    settle: Settle,
    database: "DynamoDBClient",
    table: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AUDIT_DAYS", "7")
    client.create("applications", "shop")
    settle()
    found = [item for item in stored_items(database, table) if item["type"] == "audit"]
    assert len(found) == 2
    for item in found:
        assert abs(item["expiresAt"] - time.time() - 7 * 24 * 60 * 60) < 60


def test_the_history_of_an_object_is_one_query(client: Client, settle: Settle) -> None:
    client.create("applications", "shop")
    settle()
    dynamodb.usage.reset()
    assert client.call("GET", AUDIT, query={"applicationId": "shop"}).json["results"]
    assert dynamodb.usage.calls == 1
