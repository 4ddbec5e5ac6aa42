"""Whose an inbound message is."""

from typing import TYPE_CHECKING

import pytest

from tests.support.associations import sms
from tests.support.client import ROOT, Client
from tests.support.owned_resources import NUMBER
from tests.support.senders import Settle, inbound, of_the_rule, read_units
from tests.support.transport import through_to_engine

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


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


def test_resources_of_two_types_with_the_same_id_are_told_apart_by_their_type(
    owner: Client,
) -> None:
    owner.link(sms("shop", None, "12345"))
    owner.link({**sms("shop", "customer", "12345"), "resourceType": "ALPHA"})
    found = {kind: inbound(owner, "12345", resourceType=kind) for kind in ("NUMBER", "ALPHA", None)}
    assert {kind: one["owners"] for kind, one in found.items()} == {
        "NUMBER": [{"applicationId": "shop"}],
        "ALPHA": [{"applicationId": "shop", "entityId": "customer"}],
        None: [{"applicationId": "shop"}],
    }
    assert [one["resourceType"] for one in found.values()] == ["NUMBER", "ALPHA", "NUMBER"]


def test_a_type_that_the_channel_does_not_have_is_a_bad_request(owner: Client) -> None:
    body = {"channel": "SMS", "resourceId": "a.example", "resourceType": "DOMAIN"}
    answer = owner.call("POST", f"{ROOT}/inbound/resolve", body=body)
    assert (answer.status, answer.problems) == (
        400,
        {"channel": ["must be one of EMAIL for DOMAIN"]},
    )


def test_a_deleted_owner_counts_as_default_before_its_associations_are_reset(
    owner: Client, settle: Settle
) -> None:
    owner.link(sms("shop", "customer"))
    settle()
    owner.delete("applications", "shop")
    assert inbound(owner, NUMBER)["owners"] == [{"applicationId": "default"}]
    settle()
    assert inbound(owner, NUMBER)["owners"] == [{"applicationId": "default"}]


def test_an_inbound_look_up_costs_two_units_in_any_spelling_right_after_the_write(
    owner: Client, database: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    owner.link(sms("shop", "customer"))
    sent = through_to_engine(monkeypatch).requests
    for asked in (NUMBER, "+44 7700 900123", "447700900999"):
        sent.clear()
        assert bool(inbound(owner, asked)["owners"]) == (asked != "447700900999")
        assert read_units(database, of_the_rule(sent)) <= 2
