"""Messages, clients and deletes at the same moment."""

import random
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from provisioning.core import clock
from provisioning.core.errors import ConflictError, NotFoundError
from provisioning.core.kinds import ENTITY
from provisioning.messages import submissions
from provisioning.messages.received import ReceivedMessage
from provisioning.operations import deletions
from provisioning.resources import parents
from tests.support.queues import event_of
from tests.support.races import race
from tests.support.submissions import ACCOUNT, after, deletion, exists, item, naming


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
