"""Links to what was deleted and created again, which the deletion has not moved yet.

They are stale: in the place of a link that a client creates, or that another operation moves.
"""

from collections.abc import Callable
from functools import partial
from itertools import count

import pytest

from provisioning.core import identities
from provisioning.core.errors import ConflictError
from provisioning.core.identities import Identity
from provisioning.core.kinds import APPLICATION, ENTITY, Kind
from provisioning.operations import lookup, summary
from provisioning.operations.deletions import DeleteOptions
from provisioning.operations.target import Target
from tests.support.call_faults import FAULTS, Trouble
from tests.support.effects import expect_effects_of_linking
from tests.support.seeding import ACCOUNT, association
from tests.support.thoroughness import calls_apart
from tests.support.world import World

PARENTS = [(APPLICATION, "a"), (ENTITY, "e")]
LINK = association("a", "e")


def to(application_id: str | None = None, entity_id: str | None = None) -> DeleteOptions:
    """Return the options of a deletion that moves links to a target."""
    return DeleteOptions("reassign", Target(application_id, entity_id))


WAYS = {
    "reset": (DeleteOptions(), association()),
    "moved to another application": (to("b"), association("b")),
    "moved to another entity": (to("b", "f"), association("b", "f")),
}
"""What a deletion does with its links, and what ``LINK`` becomes."""
EVERY_WAY = pytest.mark.parametrize(("options", "becomes"), WAYS.values(), ids=WAYS)
EVERY_PARENT = pytest.mark.parametrize(("kind", "identifier"), PARENTS)


@pytest.fixture
def world(world: World) -> World:
    """A world with three applications and three entities."""
    for kind, names in ((APPLICATION, "abc"), (ENTITY, "efg")):
        for name in names:
            world.create(kind, name)
    return world


def link(world: World, *links: Identity) -> None:
    """Create links, long ago."""
    for each in links:
        assert world.link(each).error is None
    world.deliver_all()


def renew(world: World, kind: Kind, identifier: str, options: DeleteOptions) -> str:
    """Delete a parent and create it again; return the operation, which does nothing yet."""
    assert world.delete(kind, identifier, options).error is None
    operation_id = world.operations()[0]
    assert world.create(kind, identifier).error is None
    return operation_id


def links(world: World) -> set[Identity]:
    """Return the links that exist."""
    return set(map(identities.of, world.ledger.existing.values()))


def done(world: World, operation_id: str) -> int:
    """Return how many links an operation has moved, as it says itself."""
    counted: int = summary.of(lookup.get(ACCOUNT, operation_id))["done"]
    return counted


@EVERY_PARENT
@EVERY_WAY
def test_a_link_moves_a_stale_one_away_as_its_deletion_does_and_only_once(
    world: World,
    kind: Kind,
    identifier: str,
    options: DeleteOptions,
    becomes: Identity,
) -> None:
    link(world, LINK)
    stale = world.ledger.existing[world.key(LINK)]
    operation_id = renew(world, kind, identifier, options)
    (moved,) = expect_effects_of_linking(world.link(LINK))
    assert moved.removed == {world.key(LINK): stale}
    assert set(moved.added) == {world.key(becomes)}
    assert done(world, operation_id) == 1
    world.deliver_all()
    assert links(world) == {LINK, becomes}
    assert done(world, operation_id) == 1
    world.expect_rest()


@EVERY_PARENT
def test_a_stale_link_merges_with_the_one_at_its_target(
    world: World, kind: Kind, identifier: str
) -> None:
    link(world, LINK, association("b"))
    operation_id = renew(world, kind, identifier, to("b"))
    (moved,) = expect_effects_of_linking(world.link(LINK))
    assert (set(moved.removed), moved.added, moved.replaced) == ({world.key(LINK)}, {}, {})
    assert summary.of(lookup.get(ACCOUNT, operation_id))["merged"] == 1
    world.deliver_all()
    assert links(world) == {LINK, association("b")}
    world.expect_rest()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_link_that_is_cut_off_at_any_call_can_be_sent_again(world: World, fault: str) -> None:
    for at in count(0, calls_apart(3)):
        link(world, LINK)
        operation_id = renew(world, APPLICATION, "a", to("b"))
        trouble = Trouble.of(at, fault)
        with world.meeting(trouble):
            cut_off = world.link(LINK)
        expect_effects_of_linking(cut_off)
        again = world.link(LINK)
        assert again.error is None or isinstance(again.error, ConflictError)
        assert len(cut_off.effects + again.effects) == 2
        world.deliver_all()
        assert links(world) == {LINK, association("b")}
        assert done(world, operation_id) == 1
        world.unlink(LINK)
        world.unlink(association("b"))
        if not trouble.met:
            break
    world.expect_rest()
    assert at > 8


def test_stale_links_in_each_other_s_way_are_moved_one_after_the_other(world: World) -> None:
    chain = [association(name) for name in "abc"]
    link(world, *chain)
    moves = [
        renew(world, APPLICATION, name, options)
        for name, options in (("a", to("b")), ("b", to("c")), ("c", DeleteOptions()))
    ]
    moved = expect_effects_of_linking(world.link(chain[0]))
    assert [set(each.removed) for each in moved] == [{world.key(each)} for each in chain[::-1]]
    assert [done(world, each) for each in moves] == [1, 1, 1]
    world.deliver_all()
    assert links(world) == {association(), *chain}
    assert [done(world, each) for each in moves] == [1, 1, 1]
    world.expect_rest()


SWAPS = {
    "applications": (
        [(APPLICATION, "a", to("b", "e")), (APPLICATION, "b", to("a", "e"))],
        [association("a", "e"), association("b", "e")],
    ),
    "entities": (
        [(ENTITY, "e", to(None, "f")), (ENTITY, "f", to(None, "e"))],
        [association("a", "e"), association("a", "f")],
    ),
    "in a ring": (
        [(APPLICATION, "a", to("b")), (APPLICATION, "b", to("c")), (APPLICATION, "c", to("a"))],
        [association(name) for name in "abc"],
    ),
}
"""Deletions whose targets are each other's applications or entities, and links in the way."""


@pytest.mark.parametrize(("deletions", "swapped"), SWAPS.values(), ids=SWAPS)
def test_stale_links_that_wait_for_each_other_are_moved_but_for_one_that_is_reset(
    world: World, deletions: list[tuple[Kind, str, DeleteOptions]], swapped: list[Identity]
) -> None:
    link(world, *swapped)
    moves = [renew(world, *each) for each in deletions]
    world.deliver_all()
    assert len(links(world)) == len(swapped)
    assert links(world) < {association(), *swapped}
    assert association() in links(world)
    assert [done(world, each) for each in moves] == [1] * len(moves)
    world.expect_rest()


@pytest.mark.parametrize(("deletions", "swapped"), SWAPS.values(), ids=SWAPS)
def test_a_link_is_created_where_stale_ones_wait_for_each_other(
    world: World, deletions: list[tuple[Kind, str, DeleteOptions]], swapped: list[Identity]
) -> None:
    link(world, *swapped)
    moves = [renew(world, *each) for each in deletions]
    outcome = world.link(swapped[0])
    assert outcome.error is None
    assert len(expect_effects_of_linking(outcome)) == len(swapped)
    world.deliver_all()
    assert links(world) == {association(), *swapped}
    assert [done(world, each) for each in moves] == [1] * len(moves)
    world.expect_rest()


def test_a_reassignment_takes_the_place_of_a_stale_link_that_is_sent_to_its_source(
    world: World,
) -> None:
    link(world, association("b"))
    deletion = renew(world, APPLICATION, "b", to("a"))
    assert world.link(association("a")).error is None
    assert world.reassign({"applicationId": "a"}, Target("b", None)).error is None
    reassignment = world.operations()[0]
    world.deliver_within(world.deliveries.heads[-1])
    assert links(world) == {association("b")}
    world.deliver_all()
    assert links(world) == {association("b")}
    assert (done(world, deletion), done(world, reassignment)) == (1, 1)
    world.expect_rest()


def test_a_reassignment_moves_many_stale_links_out_of_its_way(world: World) -> None:
    numbers = [str(number) for number in range(20)]
    link(world, *[association("b", None, number) for number in numbers])
    deletion = renew(world, APPLICATION, "b", to("c"))
    for number in numbers:
        assert world.link(association("a", None, number)).error is None
    assert world.reassign({"applicationId": "a"}, Target("b", None)).error is None
    reassignment = world.operations()[0]
    world.deliver_within(world.deliveries.heads[-1])
    assert links(world) == {association(name, None, each) for name in "bc" for each in numbers}
    world.deliver_all()
    assert (done(world, deletion), done(world, reassignment)) == (20, 20)
    world.expect_rest()


def late(world: World, given: Identity, deletion: Callable[[], object]) -> None:
    """Let a link be written just after the deletion of its parent was carried out."""

    def delete() -> None:
        deletion()
        while work := [
            key for key in world.deliveries.heads if "#ASSOCIATION" not in key.partition
        ]:
            world.deliver_within(work[0])

    with world.meeting(world.meanwhile(1, delete)):
        assert world.link(given).error is None
    assert list(map(identities.of, world.ledger.stale())) == [given]


def test_a_late_link_is_moved_though_its_target_is_created_again_at_any_call(
    world: World,
) -> None:
    for at in count():
        late(world, association("a"), partial(world.delete, APPLICATION, "a", to("b")))

        def create_again() -> None:
            renew(world, APPLICATION, "b", DeleteOptions())
            world.link(association("b"))

        trouble = world.meanwhile(at, create_again)
        with world.meeting(trouble):
            world.deliver_within(world.deliveries.heads[0])
        assert world.key(association("a")) not in world.ledger.existing
        world.deliver_all()
        assert world.ledger.stale() == []
        for each in links(world):
            world.unlink(each)
        world.create(APPLICATION, "a")
        if not trouble.met:
            break
    assert at > 5
    world.expect_rest()
