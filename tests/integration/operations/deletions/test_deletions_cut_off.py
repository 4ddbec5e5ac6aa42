"""A reset that is cut off at any of its calls, once or again and again."""

from collections.abc import Callable, Iterator
from itertools import count

import pytest

from tests.support.call_faults import FAULTS, Trouble
from tests.support.resets import STEP, begin_reset, expect_done
from tests.support.thoroughness import THOROUGH
from tests.support.world import World

WORST = ("killed before", "killed after", "every response lost", "conflicts without end")


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
