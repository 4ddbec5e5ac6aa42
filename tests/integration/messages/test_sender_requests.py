"""Messages of the queue ask for senders, and the answers are events on a queue of their own."""

from typing import Any

import pytest

from provisioning.accounts import key_creation, principals
from provisioning.core.errors import ThrottledError
from provisioning.queues import delivery
from provisioning.senders import resolving, snapshots
from tests.support.associations import sms
from tests.support.client import Client, Context, load_function
from tests.support.queues import Queues, event_of, failed, queued
from tests.support.senders import create_strategy, resolve

SHOP = {"applicationId": "shop"}
LONDON = [f"4420794600{number:02d}" for number in range(5)]
DESTINATIONS = [f"447700900{number:03d}" for number in range(20)]


@pytest.fixture
def manager(client: Client, submission_queues: Queues) -> Client:
    """A client of an account with an application that has five senders."""
    snapshots.forget()
    manager = Client(key_creation.create_key("acme", principals.SCOPES))
    manager.create("applications", "shop")
    for number in LONDON:
        assert manager.link(sms("shop", None, number)).status == 201
    return manager


def deliver(*bodies: str) -> list[str]:
    """Hand messages to the function; return the ids of those that it reports."""
    return failed(load_function("submissions").handler(event_of(*bodies), Context()))


def request(identifier: str = "one", **members: Any) -> dict[str, Any]:
    asked = {"requestId": identifier, "channel": "SMS", "to": DESTINATIONS, "platform": SHOP}
    return asked | members


def test_the_answer_is_the_one_of_the_api(manager: Client, submission_queues: Queues) -> None:
    create_strategy(manager, SHOP, useStickySender=True)
    assert deliver(queued({"entityId": "customer"}, senders=[request(count=2)])) == []
    assert manager.get("entities", "customer").status == 200
    expected = resolve(manager, DESTINATIONS, SHOP, count=2).json["results"]
    assert submission_queues.answers() == [
        {
            "type": "SENDERS_RESOLVED",
            "accountId": "acme",
            "requestId": "one",
            "results": expected,
        }
    ]


def test_every_request_of_a_batch_is_answered_by_itself(
    manager: Client, submission_queues: Queues
) -> None:
    requests = [request(f"request-{number}", to=to) for number, to in enumerate(DESTINATIONS)]
    assert deliver(*(queued({}, senders=[one]) for one in requests), queued({})) == []
    answers = {one["requestId"]: one["results"] for one in submission_queues.answers()}
    assert answers.keys() == {one["requestId"] for one in requests}
    for one in requests:
        ((result,),) = [answers[one["requestId"]]]
        assert result == {"to": one["to"], **resolve(manager, one["to"], SHOP).json}


def test_an_entity_that_the_same_message_creates_falls_back_at_once(
    manager: Client, submission_queues: Queues
) -> None:
    create_strategy(manager, SHOP, fallback="APPLICATION")
    platform = SHOP | {"entityId": "newcomer"}
    asked = request(to=DESTINATIONS[0], platform=platform)
    assert deliver(queued({"platform": platform}, senders=[asked])) == []
    ((result,),) = [one["results"] for one in submission_queues.answers()]
    assert result["sender"]["resourceId"] in LONDON


@pytest.mark.parametrize(
    ("senders", "member"),
    [
        ([{"requestId": "one", "channel": "FAX", "to": "44"}], "channel"),
        ([{"channel": "SMS", "to": "44"}], "requestId"),
        ({}, "senders"),
        ([request(str(number)) for number in range(101)], "senders"),
    ],
)
def test_a_request_that_is_not_valid_is_a_dead_letter_and_its_entities_are_created(
    manager: Client, submission_queues: Queues, senders: Any, member: str
) -> None:
    body = queued({"entityId": "customer"}, senders=senders)
    assert deliver(body) == ["0"]
    assert member in submission_queues.dead()[body]
    assert submission_queues.answers() == []
    assert manager.get("entities", "customer").status == 200


def test_a_request_of_an_unknown_account_is_a_dead_letter(
    manager: Client, submission_queues: Queues
) -> None:
    body = queued({}, "nobody", senders=[request()])
    assert deliver(body) == ["0"]
    assert submission_queues.dead() == {body: "accountId: does not exist"}


def test_a_request_that_the_table_or_the_queue_does_not_take_is_delivered_again(
    manager: Client, submission_queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    def throttled(*_: Any) -> Any:
        raise ThrottledError

    for module, name in ((resolving, "resolve"), (delivery, "send_all")):
        with monkeypatch.context() as failing:
            failing.setattr(module, name, throttled)
            assert deliver(queued({}, senders=[request()])) == ["0"]
    assert submission_queues.dead() == {}
    assert submission_queues.answers() == []


def test_an_answer_that_no_message_can_hold_is_a_dead_letter(
    manager: Client, submission_queues: Queues, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivery, "MAXIMUM_BYTES", 2500)
    body = queued({}, senders=[request("long"), request("short", to=DESTINATIONS[:2])])
    assert deliver(body) == ["0"]
    assert submission_queues.dead()[body].startswith("senders: asks for more")
    assert [one["requestId"] for one in submission_queues.answers()] == ["short"]
