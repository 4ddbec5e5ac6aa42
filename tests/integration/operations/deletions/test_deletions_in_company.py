"""A reset while another writer, or another worker, acts at any of its calls."""

from collections.abc import Callable
from functools import partial
from itertools import count

import pytest

from provisioning.core.kinds import APPLICATION, ENTITY
from tests.support.call_faults import Trouble
from tests.support.resets import STEP, begin_reset, expect_done
from tests.support.seeding import association
from tests.support.stream import Record
from tests.support.thoroughness import THOROUGH
from tests.support.world import World


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
