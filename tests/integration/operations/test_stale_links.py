"""Stale links: those to a parent that was deleted and created again, before they are moved.

Each is in the place of a link that a client creates, or that another operation moves.
"""

from itertools import count

import pytest

from provisioning.core.errors import ConflictError
from provisioning.core.identities import Identity
from provisioning.core.kinds import APPLICATION, ENTITY, Kind
from provisioning.operations import lookup, orphans, summary
from provisioning.operations.deletions import DeleteOptions
from provisioning.operations.target import Target
from tests.support.call_faults import FAULTS, Trouble
from tests.support.effects import expect_effects_of_linking
from tests.support.renewals import done, link, links, renew, to
from tests.support.seeding import ACCOUNT, association
from tests.support.thoroughness import calls_apart
from tests.support.world import World

PARENTS = [(APPLICATION, "a"), (ENTITY, "e")]
LINK = association("a", "e")

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
"""Deletions that send links to each other's applications or entities, and those links."""
EVERY_SWAP = pytest.mark.parametrize(("deletions", "swapped"), SWAPS.values(), ids=SWAPS)


@EVERY_SWAP
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


@EVERY_SWAP
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


def test_a_long_row_of_stale_links_is_cut_by_a_reset(world: World) -> None:
    names = [f"n{number:02}" for number in range(orphans.DEEPEST + 8)]
    row = [association(name) for name in names]
    for name in names:
        world.create(APPLICATION, name)
    link(world, *row)
    moves = [
        renew(world, APPLICATION, name, to(after))
        for name, after in zip(names, [*names[1:], None], strict=True)
    ]
    moved = expect_effects_of_linking(world.link(row[0]))
    assert len(moved) == orphans.DEEPEST + 1
    world.deliver_all()
    cut = row[orphans.DEEPEST + 1]
    assert links(world) == {association(), *row} - {cut}
    assert [done(world, each) for each in moves] == [1] * len(moves)
    world.expect_rest()
