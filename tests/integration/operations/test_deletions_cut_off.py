"""A reset that is cut off at any of its calls, or meets another writer at any of them."""

import os
from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

import pytest

from provisioning.core.errors import NotFoundError
from provisioning.core.kinds import APPLICATION, ENTITY, Kind
from provisioning.operations import lookup, shard_state, summary
from tests.support.call_faults import FAULTS, Trouble
from tests.support.seeding import ACCOUNT, association
from tests.support.stream import Record, image
from tests.support.world import World

if TYPE_CHECKING:
    from provisioning.core.identities import Identity
    from provisioning.table.primary_keys import Key

THOROUGH = "OPERATIONS_THOROUGH" in os.environ
STEP = 1 if THOROUGH else 8
"""Calls from one interruption that is tried to the next."""
WORST = ("killed before", "killed after", "every response lost", "conflicts without end")


def links_of(application_id: str, number: int) -> Iterator["Identity"]:
    """Yield an application's links: some with an entity, some that will merge with another."""
    for place in range(number):
        resource_id = f"{application_id}-{place:04d}"
        yield association(application_id, "e" if place % 5 == 0 else None, resource_id)
        if place % 7 == 0:
            yield association(resource_id=resource_id)
        if place % 11 == 0:
            yield association(application_id, "f", resource_id)


def begin_reset(world: World, application_id: str, number: int) -> str:
    """Delete an application to which about so many resources are linked; return the operation."""
    world.create(APPLICATION, application_id)
    world.seed(links_of(application_id, number))
    world.delete(APPLICATION, application_id)
    return world.operations()[0]


def expect_done(world: World, operation_id: str) -> None:
    """All links of the operation's parent are where they should be, and counted."""
    assert world.ledger.stale() == []
    shown = summary.of(lookup.get(ACCOUNT, operation_id))
    assert shown["state"] == shard_state.SUCCEEDED
    assert shown["done"] == world.ledger.done[operation_id]
    assert shown["merged"] == world.ledger.merged[operation_id]


def resets_with(world: World, number: int, trouble: Callable[[int], Trouble]) -> Iterator[str]:
    """Yield operations, of which the first meets trouble at its first call, the next at its
    second, and so on until one is done before it is met.
    """
    for at in count(0, STEP):
        operation_id = begin_reset(world, f"a{at}", number)
        given = trouble(at)
        with world.meeting(given):
            world.deliver_all()
        if not given.met:
            return
        yield operation_id


@pytest.fixture
def world(world: World) -> World:
    """A world with two entities."""
    world.create(ENTITY, "e")
    world.create(ENTITY, "f")
    return world


@pytest.mark.parametrize(
    ("links", "slices", "fault"),
    [(120, "usual", fault) for fault in (FAULTS if THOROUGH else ["killed after"])]
    + [(4, "small", fault) for fault in (FAULTS if THOROUGH else WORST)],
)
def test_a_reset_that_is_cut_off_at_any_call_ends_the_same(
    world: World, links: int, slices: str, fault: str, request: pytest.FixtureRequest
) -> None:
    if slices == "small":
        request.getfixturevalue("small_slices")
    for operation_id in resets_with(world, links, lambda at: Trouble.of(at, fault)):
        expect_done(world, operation_id)
    assert len(world.operations()) > 32 / STEP
    world.expect_rest()


@pytest.mark.parametrize("fault", ["killed before", "killed after"])
def test_a_reset_that_is_cut_off_again_and_again_ends_the_same(
    world: World, small_slices: None, fault: str
) -> None:
    operation_id = begin_reset(world, "a", 20)
    for at in count():
        if not world.deliveries.heads:
            break
        with world.meeting(Trouble.of(at % 12, fault)):
            world.deliver(world.deliveries.heads[0])
    expect_done(world, operation_id)
    world.expect_rest()


# --- company ------------------------------------------------------------------------------------


def create_again(world: World, a: str) -> None:
    """Create the application again, and link to it what was linked before."""
    world.create(APPLICATION, a)
    world.link(association(a, None, f"{a}-0002"))
    world.link(association(a, "f", f"{a}-0000"))


def reset_entity(world: World, _: str) -> None:
    """Delete an entity, and carry out its reset."""
    world.delete(ENTITY, "e")
    world.deliver_within(world.deliveries.heads[-1])
    world.create(ENTITY, "e")


def resume(world: World, _: str) -> None:
    """Resume the operation."""
    world.resume(world.operations()[0])


HAPPENINGS: dict[str, Callable[[World, str], object]] = {
    "a client removes a link": lambda world, a: world.unlink(association(a, None, f"{a}-0003")),
    "a client removes a link with an entity": lambda world, a: world.unlink(
        association(a, "f", f"{a}-0000")
    ),
    "a client removes what was reset": lambda world, a: world.unlink(
        association(resource_id=f"{a}-0000")
    ),
    "a client links what will be reset": lambda world, a: world.link(
        association(resource_id=f"{a}-0001")
    ),
    "the application is created again and linked": create_again,
    "an entity is deleted and reset too": reset_entity,
    "the operation is resumed": resume,
}


@pytest.mark.parametrize("happening", sorted(HAPPENINGS))
def test_a_reset_may_have_company_at_any_call(
    world: World, small_slices: None, happening: str
) -> None:
    for at in count(0, STEP):
        name = f"a{at}"
        begin_reset(world, name, 4)
        company = world.meanwhile(at, partial(HAPPENINGS[happening], world, name))
        with world.meeting(company):
            world.deliver_all()
        assert world.ledger.stale() == []
        if not company.met:
            break
    world.expect_rest()
    assert at > 8


def handle_and_die(world: World, record: Record, at: int) -> None:
    """Let another process work on a record, and die after some call."""
    with world.meeting(Trouble.of(at, "killed after")):
        world.handle_within(record)


@pytest.mark.parametrize("cut_off", range(12) if THOROUGH else (4, 6, 9))
def test_two_workers_may_meet_on_one_record_and_one_of_them_die(
    world: World, small_slices: None, cut_off: int
) -> None:
    for at in count(0, STEP):
        operation_id = begin_reset(world, f"a{at}", 4)
        (key,) = world.deliveries.heads
        record = world.deliveries.take(key)
        world.deliveries.give_back(key, record)
        company = world.meanwhile(at, partial(handle_and_die, world, record, cut_off))
        with world.meeting(company):
            world.deliver_all()
        expect_done(world, operation_id)
        if not company.met:
            break
    world.expect_rest()


# --- records and shards -------------------------------------------------------------------------


def test_one_slice_causes_one_record_for_each_shard_however_often_it_writes(
    world: World, small_slices: None
) -> None:
    operation_id = begin_reset(world, "a", 8)
    assert world.deliver(world.deliveries.heads[0])
    assert world.ledger.done[operation_id] > 2  # more than one transaction holds
    assert [len(world.deliveries.waiting[key]) for key in world.deliveries.heads] == [1, 1]


def test_a_record_that_comes_again_after_its_slice_changes_nothing(
    world: World, small_slices: None
) -> None:
    operation_id = begin_reset(world, "a", 12)
    while world.deliveries.heads:
        assert world.deliver(world.deliveries.heads[0])
        waiting, done = world.deliveries.heads, world.ledger.done[operation_id]
        for record in world.deliveries.delivered:
            assert world.handle(record)
        assert world.deliveries.heads == waiting
        assert world.ledger.done[operation_id] == done
    expect_done(world, operation_id)
    world.expect_rest()


def deliver_first_of(world: World, keys: "list[Key]") -> None:
    """Let another process work on the next record of the first of these items, if any."""
    for key in keys[:1]:
        world.deliver_within(key)


def test_two_shards_may_split_or_end_at_the_same_moment(world: World, small_slices: None) -> None:
    for at in count(0, STEP):
        operation_id = begin_reset(world, f"a{at}", 8)
        met = False
        while shards := world.deliveries.heads:
            company = world.meanwhile(at, partial(deliver_first_of, world, shards[1:]))
            with world.meeting(company):
                assert world.deliver(shards[0])
            met = met or company.met
        expect_done(world, operation_id)
        if not met:
            break
    world.expect_rest()
    assert at > 8


def test_shards_leave_the_associations_of_others_alone(world: World, small_slices: None) -> None:
    operation_id = begin_reset(world, "a", 16)
    assert world.deliver(world.deliveries.heads[0])
    _, key = world.deliveries.heads
    record = world.deliveries.take(key)
    shard = image(record, "NewImage")
    assert shard is not None
    theirs = [link for link in world.ledger.stale() if link["SK"] > shard["first"]]
    world.deliver_all()
    assert world.ledger.stale() == theirs
    world.deliveries.give_back(key, record)
    world.deliver_all()
    expect_done(world, operation_id)


@pytest.mark.parametrize("place", [0, -1])
def test_an_operation_has_not_succeeded_before_its_last_shard(
    world: World, small_slices: None, place: int
) -> None:
    operation_id = begin_reset(world, "a", 8)
    while shards := world.deliveries.heads:
        shown = summary.of(lookup.get(ACCOUNT, operation_id))
        assert shown["state"] in {shard_state.PENDING, shard_state.RUNNING}
        assert "endedAt" not in shown
        assert world.deliver(shards[place])
    expect_done(world, operation_id)


@pytest.mark.parametrize("place", [0, -1])
def test_no_shard_expires_before_its_operation(
    world: World, small_slices: None, place: int
) -> None:
    operation_id = begin_reset(world, "a", 8)
    while shards := world.deliveries.heads:
        operation = lookup.get(ACCOUNT, operation_id)
        kept = [operation, *lookup.further_shards(operation)]
        assert not any("expiresAt" in shard for shard in kept)
        assert world.deliver(shards[place])
    operation = lookup.get(ACCOUNT, operation_id)
    ranges = lookup.further_shards(operation)
    assert ranges
    assert all(shard["expiresAt"] > operation["expiresAt"] for shard in ranges)


# --- associations written late ------------------------------------------------------------------


def delete_and_reset(world: World, kind: Kind, identifier: str) -> None:
    """Delete a parent, and carry out its reset to the end."""
    world.delete(kind, identifier)
    while work := [key for key in world.deliveries.heads if "#ASSOCIATION" not in key.partition]:
        world.deliver_within(work[0])


@pytest.mark.parametrize(("kind", "identifier"), [(APPLICATION, "a"), (ENTITY, "e")])
def test_an_association_created_during_a_reset_is_refused_or_reset_by_its_record(
    world: World, kind: Kind, identifier: str
) -> None:
    late = 0
    world.create(APPLICATION, "a")
    for at in count():
        given = association("a", "e", str(at))
        company = world.meanwhile(at, partial(delete_and_reset, world, kind, identifier))
        with world.meeting(company):
            outcome = world.link(given)
        if not company.met:
            break
        assert outcome.error is None or isinstance(outcome.error, NotFoundError)
        late += world.ledger.stale() != []
        world.deliver_all()
        assert world.ledger.stale() == []
        assert (world.key(given.by_default()) in world.ledger.existing) == (outcome.error is None)
        world.create(kind, identifier)
    assert late == 1
    world.expect_rest()
