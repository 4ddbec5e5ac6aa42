"""Whose a resource is: now, earlier, and right after the write."""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from provisioning.core import clock
from provisioning.table import dynamodb
from tests.support.associations import shown, sms
from tests.support.client import ROOT, Client, Context, load_function
from tests.support.senders import inbound, read_units
from tests.support.stream import Stream, invoke, settings, streams_client
from tests.support.transport import through_to_engine

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

NUMBER = "447700900123"
Settle = Callable[[], None]


@pytest.fixture
def settle(endpoint: str, database: "DynamoDBClient", table: str, client: Client) -> Settle:
    """Delivers all stream records until there are no more."""
    stream = Stream(streams_client(endpoint), database, table)

    def deliver() -> None:
        while records := stream.read():
            resets = list(filter(settings().matches, records))
            assert not resets or not invoke(resets)
            followed = list(filter(settings("Changes").matches, records))
            if followed:
                load_function("changes").handler({"Records": followed}, Context())

    return deliver


@pytest.fixture
def owner(client: Client) -> Client:
    """A client whose account has an application and an entity."""
    client.create("applications", "shop")
    client.create("entities", "customer")
    return client


def get(client: Client, resource_id: str, kind: str = "NUMBER", **query: str) -> Any:
    path = f"{ROOT}/resources/{kind}/{resource_id}"
    answer = client.call("GET", path, query=query)
    assert answer.status == 200, answer.text
    return answer.json


def owners(document: Any, channel: str = "SMS") -> list[tuple[str, str | None]]:
    (found,) = [one for one in document["channels"] if one["channel"] == channel]
    return [(one["applicationId"], one.get("entityId")) for one in found["owners"]]


def moment() -> str:
    """Return the present moment, with two milliseconds before and behind it."""
    time.sleep(0.002)  # Not a wait for something: moments have milliseconds.
    now = clock.now()
    time.sleep(0.002)
    return now


def test_a_resource_has_its_owners_on_every_channel_with_since_and_by(
    owner: Client, settle: Settle
) -> None:
    owner.link(sms("shop", "customer"))
    owner.link({**sms("shop"), "channel": "WHATSAPP"})
    settle()
    found = get(owner, NUMBER)
    assert (found["resourceType"], found["resourceId"]) == ("NUMBER", NUMBER)
    assert [one["channel"] for one in found["channels"]] == ["SMS", "WHATSAPP"]
    assert owners(found) == [("shop", "customer")]
    assert owners(found, "WHATSAPP") == [("shop", None)]
    (entry,) = owner.call(
        "GET", f"{ROOT}/audit", query={"resourceId": NUMBER, "channel": "SMS"}
    ).json["results"]
    (present,) = found["channels"][0]["owners"]
    assert (present["since"], present["by"]) == (entry["at"], entry["actor"])
    assert found["channels"][0]["earlierOwners"] == []


def test_earlier_owners_are_told_and_answers_as_of_a_moment_are_those_of_then(
    owner: Client, settle: Settle
) -> None:
    moments = [moment()]
    owner.link(sms("shop"))
    moments.append(moment())
    owner.link(sms("shop", "customer"))
    owner.unlink(sms("shop"))
    moments.append(moment())
    owner.delete("entities", "customer")
    settle()
    moments.append(moment())
    expected = [[], [("shop", None)], [("shop", "customer")], [("default", None)]]
    assert [owners(get(owner, NUMBER, at=one)) for one in moments] == expected
    now = get(owner, NUMBER)
    assert owners(now) == expected[-1]
    earlier = now["channels"][0]["earlierOwners"]
    assert [(one["applicationId"], one.get("entityId")) for one in earlier] == [
        ("shop", "customer"),
        ("shop", None),
    ]
    assert all(one["since"] <= one["until"] and one["endedBy"] for one in earlier)


def test_a_resource_that_is_not_linked_any_more_has_only_earlier_owners(
    owner: Client, settle: Settle
) -> None:
    owner.link(sms("shop"))
    owner.unlink(sms("shop"))
    settle()
    assert owners(get(owner, NUMBER)) == []
    assert len(get(owner, NUMBER)["channels"][0]["earlierOwners"]) == 1


@pytest.mark.parametrize(
    "path", ["NUMBER/447700900999", "FAX/447700900123"], ids=["not linked", "no such type"]
)
def test_an_unknown_resource_is_not_found(owner: Client, path: str) -> None:
    assert owner.call("GET", f"{ROOT}/resources/{path}").status == 404


@pytest.mark.parametrize("stored", ["447700900123", "+447700900123"])
@pytest.mark.parametrize(
    "asked", ["447700900123", "%2B447700900123", "%2B44%207700%20900123", "00447700900123"]
)
def test_a_number_is_found_in_any_usual_spelling(
    owner: Client, settle: Settle, stored: str, asked: str
) -> None:
    owner.link(sms("shop", None, stored))
    settle()
    assert get(owner, asked)["resourceId"] == stored


def test_ids_of_other_resources_stay_exact(owner: Client, settle: Settle) -> None:
    owner.link({**sms("shop", None, "ACME"), "resourceType": "ALPHA"})
    settle()
    assert get(owner, "ACME", "ALPHA")["resourceId"] == "ACME"
    assert owner.call("GET", f"{ROOT}/resources/ALPHA/acme").status == 404


def test_resources_are_listed_by_type_and_channel(owner: Client) -> None:
    numbers = [sms("shop", None, f"44770090010{digit}") for digit in range(3)]
    whatsapp = {**sms("shop"), "channel": "WHATSAPP"}
    for association in [*numbers, whatsapp]:
        owner.link(association)
    page = owner.call("GET", f"{ROOT}/resources", query={"channel": "SMS", "size": 2}).json
    assert page["results"] == [shown(one) for one in numbers[:2]]
    assert page["paging"] == {"page": 0, "size": 2, "totalPages": 2, "totalResults": 3}
    every = owner.call("GET", f"{ROOT}/resources", query={"resourceType": "NUMBER"}).json
    assert every["paging"]["totalResults"] == 4


def test_unassigned_resources_belong_to_default_and_to_nobody_else(owner: Client) -> None:
    unassigned = sms("default", None, "447700900001")
    also_assigned = sms("default", None, "447700900002")
    of_entity = sms("default", "customer", "447700900003")
    for association in [unassigned, also_assigned, {**also_assigned, "applicationId": "shop"}]:
        owner.link(association)
    owner.link(of_entity)
    page = owner.call("GET", f"{ROOT}/resources", query={"unassigned": "true"}).json
    assert page["results"] == [shown(unassigned)]
    refused = owner.call("GET", f"{ROOT}/resources", query={"unassigned": "maybe"})
    assert refused.problems == {"unassigned": ["must be true or false"]}


def test_an_inbound_message_belongs_to_all_owners_assigned_ones_first(
    owner: Client, settle: Settle
) -> None:
    for association in [sms("default"), sms("shop", "customer"), sms("shop")]:
        owner.link(association)
    settle()
    assert inbound(owner, "+44 7700 900123") == {
        "resourceType": "NUMBER",
        "resourceId": NUMBER,
        "owners": [
            {"applicationId": "shop"},
            {"applicationId": "shop", "entityId": "customer"},
            {"applicationId": "default"},
        ],
    }


def test_an_inbound_message_to_an_unknown_resource_has_no_owner(owner: Client) -> None:
    assert inbound(owner, NUMBER) == {"resourceType": None, "resourceId": NUMBER, "owners": []}


def test_a_deleted_owner_counts_as_default_before_its_associations_are_reset(
    owner: Client, settle: Settle
) -> None:
    owner.link(sms("shop", "customer"))
    settle()
    owner.delete("applications", "shop")
    assert inbound(owner, NUMBER)["owners"] == [{"applicationId": "default"}]
    settle()
    assert inbound(owner, NUMBER)["owners"] == [{"applicationId": "default"}]


def test_an_inbound_look_up_costs_two_units(
    owner: Client, settle: Settle, database: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    owner.link(sms("shop", "customer"))
    settle()
    sent = through_to_engine(monkeypatch).requests
    assert inbound(owner, NUMBER)["owners"]
    assert read_units(database, sent[len(sent) - dynamodb.usage.calls :]) == 2
    inbound(owner, "447700900999")
    assert read_units(database, sent[len(sent) - dynamodb.usage.calls :]) <= 2
