"""Choices while what they are made from changes: nothing that is gone is chosen."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

import pytest

from provisioning.accounts import key_creation, principals
from provisioning.core.errors import ThrottledError
from provisioning.core.identities import Identity
from provisioning.core.kinds import APPLICATION, ENTITY
from provisioning.core.origins import COMMAND
from provisioning.operations import deletions
from provisioning.resources import associations, parents
from provisioning.resources.sending_strategies import Platform
from provisioning.senders import resolving, snapshots
from provisioning.senders.questions import Question
from tests.support.associations import sms
from tests.support.client import Client
from tests.support.senders import create_strategy, resolve, sender_of

SHOP = Platform("shop")
LONDON = [f"4420794600{number:02d}" for number in range(12)]
DESTINATIONS = [f"447700900{number:03d}" for number in range(20)]


@dataclass
class Clock:
    """A clock that a test sets."""

    now: float = field(default_factory=time.time)

    def time(self) -> float:
        return self.now


@pytest.fixture
def manager(client: Client) -> Client:
    """A client of an account with an application and an entity."""
    snapshots.forget()
    manager = Client(key_creation.create_key("acme", principals.SCOPES))
    manager.create("applications", "shop")
    manager.create("entities", "customer")
    return manager


def chosen(destination: str) -> str | None:
    """Ask as a process with several threads would; return the id of the sender."""
    (answer,) = resolving.resolve("acme", [(Question("SMS", SHOP), destination)])
    return answer.senders[0].resource_id if answer.senders else None


def test_a_sender_that_was_unlinked_before_a_request_is_never_its_answer(manager: Client) -> None:
    for number in LONDON:
        associations.create("acme", Identity("shop", "NUMBER", "SMS", number, None))
    unlinked: set[str] = set()
    is_over = threading.Event()

    def unlink_all_but_one() -> None:
        for number in LONDON[1:]:
            associations.delete("acme", Identity("shop", "NUMBER", "SMS", number, None))
            unlinked.add(number)
        is_over.set()

    def ask() -> int:
        asked = 0
        while not is_over.is_set():
            before = set(unlinked)
            with suppress(ThrottledError):  # The pool changed during each attempt.
                assert chosen(DESTINATIONS[asked % len(DESTINATIONS)]) not in before
            asked += 1
        return asked

    with ThreadPoolExecutor(3) as threads:
        asking = [threads.submit(ask) for _ in range(2)]
        threads.submit(unlink_all_but_one).result()
        assert all(each.result() for each in asking)
    assert {chosen(to) for to in DESTINATIONS} == {LONDON[0]}


def test_a_sender_that_comes_back_after_it_was_unlinked_is_chosen_again(manager: Client) -> None:
    identity = Identity("shop", "NUMBER", "SMS", LONDON[0], None)
    for _ in range(3):
        associations.create("acme", identity)
        assert chosen(DESTINATIONS[0]) in {LONDON[0], None}
        associations.delete("acme", identity)
        assert chosen(DESTINATIONS[0]) is None


@pytest.mark.parametrize(
    ("delete", "reason"),
    [
        (lambda: deletions.delete("acme", APPLICATION, "shop", COMMAND), "APPLICATION_NOT_FOUND"),
        (lambda: deletions.delete("acme", ENTITY, "customer", COMMAND), "ENTITY_NOT_FOUND"),
    ],
    ids=["application", "entity"],
)
def test_no_answer_is_older_than_a_second_after_a_deletion(
    manager: Client, monkeypatch: pytest.MonkeyPatch, delete: Callable[[], object], reason: str
) -> None:
    """Half a second is left to DynamoDB, whose reads are eventually consistent."""
    clock = Clock()
    monkeypatch.setattr("provisioning.senders.snapshots.time", clock)
    platform = {"applicationId": "shop", "entityId": "customer"}
    manager.link(sms("shop", "customer", LONDON[0]))
    assert sender_of(resolve(manager, DESTINATIONS[0], platform)) == LONDON[0]
    clock.now += 0.4
    delete()
    clock.now += 0.1
    answer = resolve(manager, DESTINATIONS[0], platform).json
    assert (answer["sender"], answer["reason"]) == (None, reason)


def test_an_application_that_was_missing_is_known_as_soon_as_it_exists(manager: Client) -> None:
    named = {"applicationId": "blog"}
    assert resolve(manager, DESTINATIONS[0], named).json["reason"] == "APPLICATION_NOT_FOUND"
    parents.create("acme", APPLICATION, "blog", None, COMMAND)
    assert resolve(manager, DESTINATIONS[0], named).json["reason"] == "EMPTY_POOL"


def test_a_new_strategy_applies_half_a_second_later(
    manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr("provisioning.senders.snapshots.time", clock)
    manager.link(sms("shop", None, LONDON[0]))
    named = {"applicationId": "shop"}
    assert resolve(manager, DESTINATIONS[0], named).json["reason"] == "NO_STRATEGY"
    strategy = create_strategy(manager, named)
    clock.now += snapshots.KEPT_SECONDS
    assert resolve(manager, DESTINATIONS[0], named).json["sendingStrategyId"] == strategy


def test_a_pool_that_did_not_change_is_unpacked_once(
    manager: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr("provisioning.senders.snapshots.time", clock)
    manager.link(sms("shop", None, LONDON[0]))
    read = []
    for _ in range(3):
        read.append(snapshots.of_platform("acme", SHOP, "SMS").pool)
        clock.now += snapshots.KEPT_SECONDS
    # The first one was read from the associations, the others from the item that it stored.
    assert read[0] is not read[1]
    assert read[1] is read[2]
