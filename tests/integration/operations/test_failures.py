"""Records that cannot be processed: only they fail, it is visible, and they can be resumed."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from ops import admin
from provisioning.accounts import accounts, key_creation
from provisioning.core import config, ids
from provisioning.core.kinds import APPLICATION
from provisioning.operations import shard_failures
from provisioning.table import operation_keys, pace
from provisioning.table.primary_keys import Key
from tests.support.actors import Handling, Other
from tests.support.call_faults import Trouble
from tests.support.client import ROOT, Client, Context, Response, load_function
from tests.support.seeding import ACCOUNT, association
from tests.support.stream import Record, image, invoke
from tests.support.transport import Answer, Send, failed, passed
from tests.support.world import World

ATTEMPTS = 6
"""Deliveries after which the operation is shown as failed; the event source goes on for a day."""


def spoiling(name: str, answer: Answer) -> Trouble:
    """Return that a sweep over what is linked to an application never gets its answer."""

    def spoiled(request: AWSPreparedRequest, send: Send) -> AWSResponse:
        about = b'"%b#' % name.encode() in cast("bytes", request.body)
        return (answer if about else passed)(request, send)

    return Trouble(0, spoiled, times=1_000_000)


@dataclass
class Operator:
    """Who looks after an account by HTTP.

    Attributes:
        world: Where the account is.
        client: The HTTP client.
    """

    world: World
    client: Client

    def call(self, method: str, path: str) -> Response:
        """Send a request."""
        with self.world.acting(Other()):
            return self.client.call(method, f"{ROOT}/operations/{path}")

    def watch(self) -> int:
        """Let the schedule set off the watch; return how many shards it woke."""
        with self.world.acting(Other()):
            woken: int = load_function("watch").handler({}, Context())["woken"]
        return woken


@pytest.fixture
def operator(world: World) -> Operator:
    """An operator of the world's account."""
    with world.acting(Other()):
        accounts.create("acme")
        client = Client(key_creation.create_key("acme"))
    world.deliver_all()
    return Operator(world, client)


@pytest.fixture
def poisoned(world: World) -> str:
    """The id of an operation on the application ``poison``."""
    world.create(APPLICATION, "poison")
    world.seed(association("poison", None, str(number)) for number in range(5))
    world.delete(APPLICATION, "poison")
    return world.operations()[0]


@contextmanager
def poison(world: World) -> Iterator[None]:
    """Let the operation fail as often as it is tried."""
    with world.meeting(spoiling("poison", failed("InternalServerError", 500))):
        yield


def work_of(world: World, operation_id: str) -> Key:
    """Return the key of the operation's waiting record."""
    (key,) = (key for key in world.deliveries.heads if operation_keys.shard_id(key) == operation_id)
    return key


def give_up(world: World, operation_id: str) -> Record:
    """Deliver an operation's record until it is shown as failed; then it expires in the stream."""
    key = work_of(world, operation_id)
    with poison(world):
        for _ in range(ATTEMPTS):
            assert not world.deliver(key)
    return world.deliveries.take(key)


def test_only_the_record_that_fails_is_reported(operator: Operator, poisoned: str) -> None:
    world = operator.world
    world.create(APPLICATION, "good")
    world.link(association("good", None, "late"))
    world.seed([association("good", None, "7")])
    world.delete(APPLICATION, "good")
    batch = [world.deliveries.take(key) for key in world.deliveries.heads]
    assert len(batch) == 3
    with world.acting(Handling()), poison(world):
        (reported,) = invoke(batch)
    assert ids.newest_first(poisoned) in str(reported["dynamodb"]["Keys"])
    assert world.ledger.stale() != []
    assert {item["applicationId"] for item in world.ledger.stale()} == {"poison"}
    states = [operator.call("GET", name).json["state"] for name in world.operations()]
    assert states == ["SUCCEEDED", "PENDING"]


def test_an_attempt_that_fails_brings_no_record_of_its_own(world: World, poisoned: str) -> None:
    give_up(world, poisoned)
    assert world.deliveries.heads == []


def test_an_operation_that_keeps_failing_is_shown_as_failed_and_how_to_resume_it(
    operator: Operator, poisoned: str
) -> None:
    give_up(operator.world, poisoned)
    shown = operator.call("GET", poisoned).json
    assert (shown["state"], shown["reason"]) == ("FAILED", "An internal error")
    assert shown["resume"] == f"POST {ROOT}/operations/{poisoned}/resume"
    assert shown["requestedAt"] <= shown["endedAt"]
    assert shown["done"] == 0


def test_throttling_does_not_make_an_operation_fail(
    operator: Operator, poisoned: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pace, "PATIENCE_SECONDS", 0.0)
    world = operator.world
    throttled = failed("ProvisionedThroughputExceededException")
    with world.meeting(spoiling("poison", throttled)):
        for _ in range(shard_failures.FAILURES):
            assert not world.deliver(work_of(world, poisoned))
    shown = operator.call("GET", poisoned).json
    assert shown["state"] in {"PENDING", "RUNNING"}
    assert "reason" not in shown


def test_a_failed_operation_finishes_once_it_is_resumed(operator: Operator, poisoned: str) -> None:
    world = operator.world
    give_up(world, poisoned)
    assert operator.call("POST", f"{poisoned}/resume").status == 202
    shown = operator.call("GET", poisoned).json
    assert shown["state"] == "PENDING"
    assert "reason" not in shown
    world.deliver_all()
    shown = operator.call("GET", poisoned).json
    assert (shown["state"], shown["done"]) == ("SUCCEEDED", 5)
    world.expect_rest()


def test_a_failed_shard_is_shown_although_the_others_continue(
    operator: Operator, small_slices: None, poisoned: str
) -> None:
    world = operator.world
    assert world.deliver(work_of(world, poisoned))
    _, shard = world.deliveries.heads
    with poison(world):
        for _ in range(ATTEMPTS):
            assert not world.deliver(shard)
    world.deliveries.take(shard)
    world.deliver_all()
    assert operator.call("GET", poisoned).json["state"] == "FAILED"
    assert operator.call("POST", f"{poisoned}/resume").status == 202
    assert operator.call("GET", poisoned).json["state"] == "RUNNING"
    world.deliver_all()
    assert operator.call("GET", poisoned).json["done"] == 5
    world.expect_rest()


def test_the_watch_wakes_a_lost_shard_after_a_long_time_without_progress(
    operator: Operator, poisoned: str
) -> None:
    world = operator.world
    world.deliveries.take(work_of(world, poisoned))
    assert operator.watch() == 0
    world.age(shard_failures.STALLED_SECONDS)
    assert operator.watch() == 1
    world.deliver_all()
    assert operator.call("GET", poisoned).json["state"] == "SUCCEEDED"
    assert operator.watch() == 0
    world.expect_rest()


def test_the_watch_waits_before_it_retries_a_failed_operation(
    operator: Operator, poisoned: str
) -> None:
    world = operator.world
    give_up(world, poisoned)
    world.age(shard_failures.STALLED_SECONDS)
    assert operator.watch() == 0
    world.age(shard_failures.FAILED_SECONDS)
    assert operator.watch() == 1
    assert operator.call("GET", poisoned).json["state"] == "FAILED"
    world.deliver_all()
    assert operator.call("GET", poisoned).json["state"] == "SUCCEEDED"
    world.expect_rest()


def test_work_that_waits_long_in_the_stream_keeps_its_place_when_it_is_woken(
    world: World, poisoned: str
) -> None:
    first = world.deliveries.take(work_of(world, poisoned))
    world.revive()
    woken = world.deliveries.take(work_of(world, poisoned))
    assert image(first, "NewImage") != image(woken, "NewImage")
    assert world.handle(first)
    world.expect_rest()


def test_an_association_whose_record_was_given_up_is_found_by_the_command(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    def delete_and_reset() -> None:
        world.delete(APPLICATION, "a")
        world.deliver_within(world.deliveries.heads[0])

    with world.acting(Other()):
        accounts.create(ACCOUNT)
    world.create(APPLICATION, "a")
    world.seed([association(resource_id=str(number)) for number in range(3)])
    late = association("a", None, "late")
    with world.meeting(world.meanwhile(1, delete_and_reset)):
        assert world.link(late).error is None
    world.deliveries.take(world.key(late))
    assert len(world.ledger.stale()) == 1
    command = ["--table", config.table_name(), "recheck-associations", ACCOUNT]
    with world.acting(Handling()):
        assert admin.main(command) == admin.main(command) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == ['{"reset": 1}', '{"reset": 0}']
    world.expect_rest()
