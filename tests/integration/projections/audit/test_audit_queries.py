"""The audit is read in pages, by object, actor and time."""

import time

import pytest

from provisioning.accounts import key_creation
from provisioning.table import dynamodb
from tests.support.associations import sms
from tests.support.audit import AUDIT, Settle, entries, key_id_of
from tests.support.client import Client


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


def test_the_history_of_an_object_is_one_query(client: Client, settle: Settle) -> None:
    client.create("applications", "shop")
    settle()
    dynamodb.usage.reset()
    assert client.call("GET", AUDIT, query={"applicationId": "shop"}).json["results"]
    assert dynamodb.usage.calls == 1
