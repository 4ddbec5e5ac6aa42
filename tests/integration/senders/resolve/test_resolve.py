"""Which sender a message leaves from: by the API, with the stream's follower beside it."""

from typing import TYPE_CHECKING, Any

import pytest

from provisioning.senders import snapshots
from tests.support.associations import sms
from tests.support.client import ROOT, Client
from tests.support.pools import CUSTOMER, DESTINATIONS, LONDON, SHOP, link, unlink
from tests.support.senders import (
    Settle,
    create_strategy,
    of_the_rule,
    read_units,
    resolve,
    sender_of,
)
from tests.support.transport import through_to_engine

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


def test_the_pool_has_the_resources_of_exactly_the_platform(manager: Client) -> None:
    link(manager, SHOP, LONDON[0])
    link(manager, CUSTOMER, LONDON[1])
    link(manager, {"applicationId": "default"}, LONDON[2])
    assert sender_of(resolve(manager, DESTINATIONS[0], SHOP)) == LONDON[0]
    assert sender_of(resolve(manager, DESTINATIONS[0], CUSTOMER)) == LONDON[1]
    assert sender_of(resolve(manager, DESTINATIONS[0], {})) == LONDON[2]


def test_an_empty_pool_has_no_sender_and_says_why(manager: Client) -> None:
    answer = resolve(manager, DESTINATIONS[0], SHOP).json
    assert answer == {"sender": None, "sendingStrategyId": None, "reason": "EMPTY_POOL"}


@pytest.mark.parametrize(
    ("fallback", "expected"),
    [(None, [None, None]), ("APPLICATION", [LONDON[0], None]), ("DEFAULT", [LONDON[0], LONDON[1]])],
)
def test_an_empty_pool_falls_back_as_the_strategy_says(
    manager: Client, fallback: str | None, expected: list[str | None]
) -> None:
    link(manager, SHOP, LONDON[0])
    link(manager, {"applicationId": "default"}, LONDON[1])
    create_strategy(manager, CUSTOMER, fallback=fallback)
    with_own_pool = sender_of(resolve(manager, DESTINATIONS[0], CUSTOMER))
    unlink(manager, SHOP, LONDON[0])
    without = sender_of(resolve(manager, DESTINATIONS[0], CUSTOMER))
    assert [with_own_pool, without] == expected


def test_the_strategy_of_application_and_entity_wins(manager: Client) -> None:
    link(manager, CUSTOMER, LONDON[0])
    create_strategy(manager, {})
    of_shop = create_strategy(manager, SHOP)
    assert resolve(manager, DESTINATIONS[0], CUSTOMER).json["sendingStrategyId"] == of_shop
    both = create_strategy(manager, CUSTOMER)
    snapshots.forget()
    assert resolve(manager, DESTINATIONS[0], CUSTOMER).json["sendingStrategyId"] == both


def test_a_sender_that_the_message_asks_for_is_used_if_it_belongs_to_the_platform(
    manager: Client,
) -> None:
    link(manager, SHOP, *LONDON)
    asked = resolve(manager, DESTINATIONS[0], SHOP, **{"from": "+44 20 7946 0003"}).json
    assert (asked["sender"]["resourceId"], asked["reason"]) == (LONDON[3], "REQUESTED")
    foreign = resolve(manager, DESTINATIONS[0], SHOP, **{"from": "447999999999"}).json
    assert foreign["sender"]["resourceId"] in LONDON
    assert foreign["reason"] == "NO_STRATEGY"


@pytest.mark.parametrize("asked", ["442079460003", "+44 20 7946 0003"])
def test_a_sender_that_was_linked_a_moment_ago_is_used_if_a_message_asks_for_it(
    manager: Client, asked: str
) -> None:
    link(manager, SHOP, LONDON[0])
    assert sender_of(resolve(manager, DESTINATIONS[0], SHOP)) == LONDON[0]
    link(manager, SHOP, LONDON[3])  # The pool does not have it yet.
    answer = resolve(manager, DESTINATIONS[0], SHOP, **{"from": asked}).json
    assert (answer["sender"]["resourceId"], answer["reason"]) == (LONDON[3], "REQUESTED")


def test_many_destinations_are_answered_in_their_order_as_each_alone(manager: Client) -> None:
    link(manager, SHOP, *LONDON)
    create_strategy(manager, SHOP, useStickySender=True)
    results = resolve(manager, DESTINATIONS, SHOP).json["results"]
    assert [one["to"] for one in results] == DESTINATIONS
    for to, result in list(zip(DESTINATIONS, results, strict=True))[:10]:
        assert result == {"to": to, **resolve(manager, to, SHOP).json}


def test_an_explanation_shows_the_pool_after_each_rule(manager: Client) -> None:
    link(manager, SHOP, LONDON[0], "12125550100", "13235550100", "72345")
    priorities = [{"senderType": "VIRTUAL_LONG_NUMBER", "priority": 1}]
    create_strategy(manager, SHOP, priorities=priorities, useGeolocatedSender=True)
    answer = resolve(manager, "+1 646 555 0123", SHOP, explain=True).json
    assert answer["sender"]["resourceId"] == "12125550100"
    assert answer["explanation"]["poolSize"] == 4
    assert answer["explanation"]["poolOf"] == SHOP
    assert [(rule["rule"], rule["total"]) for rule in answer["explanation"]["rules"]] == [
        ("COUNTRY", 3),
        ("PRIORITY", 2),
        ("AREA_CODE", 1),
    ]


def test_a_sender_that_was_unlinked_is_never_the_answer_and_moves_only_its_destinations(
    manager: Client,
) -> None:
    """Not even within the second for which a process keeps the pool, or before the stream."""
    link(manager, SHOP, *LONDON)
    create_strategy(manager, SHOP, useStickySender=True)
    before = [one["sender"]["resourceId"] for one in _results(manager)]
    unlink(manager, SHOP, LONDON[0])
    after = [one["sender"]["resourceId"] for one in _results(manager)]
    assert LONDON[0] in before
    assert LONDON[0] not in after
    moved = [was for was, now in zip(before, after, strict=True) if was != now]
    assert set(moved) == {LONDON[0]}


def _results(client: Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = resolve(client, DESTINATIONS, SHOP).json["results"]
    return found


def test_a_new_sender_is_used_once_the_follower_has_marked_the_pool(
    manager: Client, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(manager, SHOP, LONDON[0])
    assert sender_of(resolve(manager, DESTINATIONS[0], SHOP)) == LONDON[0]
    link(manager, SHOP, *LONDON[1:])
    # The pool was just read: it is not read again within a second.
    monkeypatch.setattr("provisioning.senders.pools.REREAD_SECONDS", 0)
    settle()
    assert {one["sender"]["resourceId"] for one in _results(manager)} == set(LONDON)


def test_nothing_is_sent_for_an_application_that_was_deleted(
    manager: Client, settle: Settle
) -> None:
    link(manager, SHOP, LONDON[0])
    assert sender_of(resolve(manager, DESTINATIONS[0], SHOP)) == LONDON[0]
    manager.delete("applications", "shop")
    snapshots.forget()  # A second later, at most: the associations are not reset yet.
    answer = resolve(manager, DESTINATIONS[0], SHOP).json
    assert (answer["sender"], answer["reason"]) == (None, "APPLICATION_NOT_FOUND")
    settle()
    assert sender_of(resolve(manager, DESTINATIONS[0], {})) == LONDON[0]


def test_the_senders_of_a_deleted_namesake_are_nobodys_but_the_default_s(manager: Client) -> None:
    link(manager, SHOP, *LONDON)
    assert sender_of(resolve(manager, DESTINATIONS[0], SHOP)) in LONDON
    manager.delete("applications", SHOP["applicationId"])
    manager.create("applications", SHOP["applicationId"])
    snapshots.forget()
    assert resolve(manager, DESTINATIONS[0], SHOP).json["reason"] == "EMPTY_POOL"
    inbound = {"channel": "SMS", "resourceId": LONDON[0]}
    found = manager.call("POST", f"{ROOT}/inbound/resolve", body=inbound).json
    assert [owner["applicationId"] for owner in found["owners"]] == ["default"]
    link(manager, SHOP, "447700900999")
    assert (
        sender_of(resolve(manager, DESTINATIONS[0], SHOP, **{"from": "447700900999"}))
        == "447700900999"
    )


@pytest.mark.parametrize(
    ("members", "problems"),
    [
        ({"to": []}, {"to": ["must not be empty"]}),
        ({"to": ["1"] * 1001}, {"to": ["size must be between 0 and 1000"]}),
        ({"to": ["1", 2]}, {"to[1]": ["must be a string"]}),
        ({"to": 5}, {"to": ["must be a string"]}),
        ({"to": ""}, {"to": ["must not be blank"]}),
        ({"count": 11}, {"count": ["must be less than or equal to 10"]}),
        ({"count": "2"}, {"count": ["must be a whole number"]}),
        ({"explain": "yes"}, {"explain": ["must be true or false"]}),
        (
            {"to": ["1"] * 21, "explain": True},
            {"explain": ["must be false for more than 20 destinations"]},
        ),
    ],
)
def test_bad_input_is_refused_by_member(
    manager: Client, members: dict[str, Any], problems: dict[str, list[str]]
) -> None:
    body = {"channel": "SMS", "to": "447700900123"} | members
    answer = manager.call("POST", "/provisioning/1/senders/resolve", body=body)
    assert answer.status == 400
    assert answer.problems == problems


def test_a_pool_of_1000_senders_costs_two_calls_and_five_units(
    manager: Client, database: "DynamoDBClient", table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    numbers = [f"4420{number:08d}" for number in range(7_000_000, 7_100_000, 100)]
    for start in range(0, 1000, 100):
        links = [sms("shop", "customer", one) for one in numbers[start : start + 100]]
        answer = manager.call("POST", "/provisioning/1/associations/bulk", body={"link": links})
        assert answer.status in {200, 207}, answer.text
    create_strategy(manager, CUSTOMER)
    assert sender_of(resolve(manager, DESTINATIONS[0], CUSTOMER)) in numbers  # It is stored now.
    snapshots.forget()
    monkeypatch.setattr("provisioning.senders.snapshots.KEPT_SECONDS", 60)
    sent = through_to_engine(monkeypatch).requests
    assert sender_of(resolve(manager, DESTINATIONS[0], CUSTOMER)) in numbers
    calls = of_the_rule(sent)
    assert [operation for operation, _ in calls] == ["BatchGetItem", "BatchGetItem"]
    assert read_units(database, calls) <= 5
    sent.clear()
    assert sender_of(resolve(manager, DESTINATIONS[1], CUSTOMER)) in numbers
    assert read_units(database, of_the_rule(sent)) == 1  # The choice is checked; the rest is kept.
