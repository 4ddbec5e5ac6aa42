"""A reassignment and its undo, cut off at any call, or with another writer at any call."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

import pytest

from provisioning.core import identities
from provisioning.core.kinds import APPLICATION, ENTITY
from provisioning.operations import lookup, summary
from provisioning.operations.target import Target
from provisioning.resources import association_items
from tests.support.call_faults import Trouble
from tests.support.seeding import ACCOUNT, association
from tests.support.small_slices import use_small_undo_slices
from tests.support.thoroughness import calls_apart
from tests.support.world import World

if TYPE_CHECKING:
    from provisioning.table.items import Item

STEP = calls_apart(5)
"""How far apart the calls are at which something happens."""
FAULTS = ("killed before", "killed after", "every response lost", "conflicts without end")
TO_B = Target("b", None, keeps_entity=True)


@pytest.fixture
def world(world: World, small_slices: None, monkeypatch: pytest.MonkeyPatch) -> World:
    """A world with two entities and slices of few links."""
    monkeypatch.setattr("provisioning.table.writes.TRANSACTION_ITEMS", 8)
    use_small_undo_slices(monkeypatch)
    world.create(ENTITY, "e")
    world.create(ENTITY, "f")
    return world


def prepare(world: World) -> list[str]:
    """Link some resources again to application ``a``, some of them to ``b`` too."""
    world.create(APPLICATION, "a")
    world.create(APPLICATION, "b")
    world.seed(
        [
            association("a", None, "1"),
            association("a", "e", "2"),
            association("a", "f", "3"),
            association("b", "f", "3"),
            association("a", None, "4"),
        ]
    )
    return standing(world)


def standing(world: World) -> list[str]:
    """Return the associations that exist, according to the ledger."""
    items: list[Item] = list(world.ledger.existing.values())
    return sorted(str(sorted(association_items.shown(item).items())) for item in items)


def begin(world: World, action: Callable[[], object]) -> str:
    """Let a client begin an operation, and return its id."""
    outcome = action()
    assert getattr(outcome, "error", None) is None, outcome
    return world.operations()[0]


def clear(world: World) -> None:
    """Delete both applications and all that was linked to them, and start with none."""
    for name in ("a", "b"):
        world.delete(APPLICATION, name)
    world.deliver_all()
    for key in list(world.ledger.existing.values()):
        world.unlink(identities.of(key))


def runs(world: World, trouble: Callable[[int], Trouble]) -> Iterator[Trouble]:
    """Yield trouble at one call after the other, until a run is done before it."""
    for at in count(0, STEP):
        given = trouble(at)
        yield given
        if not given.met:
            return
        clear(world)


@pytest.mark.parametrize("fault", FAULTS)
def test_an_interruption_at_any_call_leads_to_the_same_end(world: World, fault: str) -> None:
    met = 0
    for trouble in runs(world, lambda at: Trouble.of(at, fault)):
        before = prepare(world)
        moving = begin(world, lambda: world.reassign({"applicationId": "a"}, TO_B))
        with world.meeting(trouble):
            world.deliver_all()
        expect(world, moving, done=4, merged=1)
        assert [row for row in standing(world) if "'a'" in row] == []
        undoing = begin(world, partial(world.undo, moving))
        with world.meeting(Trouble.of(trouble.at, fault)):
            world.deliver_all()
        expect(world, undoing, done=4, merged=0)
        assert standing(world) == before
        met += 1
    world.expect_rest()
    assert met > 8 // STEP


def expect(world: World, operation_id: str, *, done: int, merged: int) -> None:
    """An operation has moved so many links, as it says and as the ledger say."""
    shown = summary.of(lookup.get(ACCOUNT, operation_id))
    assert (shown["state"], shown["done"], shown["merged"]) == ("SUCCEEDED", done, merged)
    assert (world.ledger.done[operation_id], world.ledger.merged[operation_id]) == (done, merged)


def renew_entity(world: World) -> None:
    """Delete an entity, carry out its reset, and create it again."""
    world.delete(ENTITY, "f")
    world.deliver_within(world.deliveries.heads[-1])
    world.create(ENTITY, "f")


HAPPENINGS: dict[str, Callable[[World], object]] = {
    "a client removes a link": lambda world: world.unlink(association("a", None, "4")),
    "a client removes what was moved": lambda world: world.unlink(association("b", None, "1")),
    "a client links what will be moved to": lambda world: world.link(association("b", None, "4")),
    "a client links what was moved": lambda world: world.link(association("a", None, "1")),
    "the target is deleted": lambda world: world.delete(APPLICATION, "b"),
    "the target is created again": lambda world: (
        world.delete(APPLICATION, "b"),
        world.create(APPLICATION, "b"),
        world.link(association("b", None, "4")),
    ),
    "the source is deleted": lambda world: world.delete(APPLICATION, "a"),
    "an entity is deleted and reset too": renew_entity,
}


@pytest.mark.parametrize("happening", sorted(HAPPENINGS))
def test_company_at_any_call_leaves_nothing_dangling_or_lost(world: World, happening: str) -> None:
    for trouble in runs(
        world, lambda at: world.meanwhile(at, partial(HAPPENINGS[happening], world))
    ):
        prepare(world)
        begin(world, lambda: world.reassign({"applicationId": "a"}, TO_B))
        with world.meeting(trouble):
            world.deliver_all()
        world.deliver_all()
        assert world.ledger.stale() == []


@pytest.mark.parametrize("happening", sorted(HAPPENINGS))
def test_company_of_an_undoing_leaves_nothing_dangling_or_lost(
    world: World, happening: str
) -> None:
    for trouble in runs(
        world, lambda at: world.meanwhile(at, partial(HAPPENINGS[happening], world))
    ):
        prepare(world)
        moving = begin(world, lambda: world.reassign({"applicationId": "a"}, TO_B))
        world.deliver_all()
        begin(world, partial(world.undo, moving))
        with world.meeting(trouble):
            world.deliver_all()
        world.deliver_all()
        assert world.ledger.stale() == []
