"""The audit: each change once, with who, when, what, before, after and why."""

import time
from typing import TYPE_CHECKING, Any

import pytest

from provisioning.core.kinds import Kind
from tests.support import bulk
from tests.support.associations import shown, sms, stored_items
from tests.support.audit import Settle, entries, follow, key_id_of, members_of
from tests.support.client import ROOT, Client

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


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


@pytest.mark.parametrize("at_once", [1, 30])
def test_what_a_link_moves_out_of_its_way_is_recorded_with_the_operation(
    client: Client, settle: Settle, kind: Kind, at_once: int
) -> None:
    client.create("applications", "shop")
    client.create("entities", "acme")
    links = [sms("shop", "acme", str(number)) for number in range(at_once)]
    bulk.link(client, *links)
    settle()
    identifier = {"application": "shop", "entity": "acme"}[kind.name]
    operation = client.delete(kind.collection, identifier).headers["Operation-Location"]
    client.create(kind.collection, identifier)
    assert bulk.statuses(bulk.link(client, *links)) == [201] * at_once
    settle()
    for link in links:
        again, moved, _ = entries(
            client, resourceType="NUMBER", channel="SMS", resourceId=link["resourceId"]
        )
        assert members_of(again, "action", "before", "after") == ["LINKED", None, shown(link)]
        assert members_of(moved, "action", "before", "after") == [
            "MOVED",
            shown(link),
            shown(sms("default", None, link["resourceId"])),
        ]
        assert moved["operationId"] == operation.rpartition("/")[2]


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
