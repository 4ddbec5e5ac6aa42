"""Links that are written just after the deletion of their parent has passed: orphans."""

from collections.abc import Callable
from copy import deepcopy
from functools import partial
from itertools import count

import pytest

from provisioning.core import identities
from provisioning.core.identities import Identity
from provisioning.core.kinds import APPLICATION
from provisioning.operations.deletions import DeleteOptions
from tests.support.actors import Handling
from tests.support.renewals import done, links, renew, to
from tests.support.seeding import association
from tests.support.stream import Record, invoke
from tests.support.world import World


@pytest.fixture
def world(world: World) -> World:
    """A world with two applications."""
    for name in "ab":
        world.create(APPLICATION, name)
    return world


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


def image_of_one_that_is_gone(record: Record) -> Record:
    """Return the record of a link that was deleted before the one with this record was made."""
    older = deepcopy(record)
    older["dynamodb"]["NewImage"]["creationId"] = {"S": "gone"}
    return older


EARLIER = {"the same": deepcopy, "of one that is gone": image_of_one_that_is_gone}
"""Records of the same key that come before that of a late link, in one batch."""


@pytest.mark.parametrize("earlier", EARLIER.values(), ids=EARLIER)
def test_a_late_link_with_several_records_in_a_batch_is_moved_once(
    world: World, earlier: Callable[[Record], Record]
) -> None:
    late(world, association("a"), partial(world.delete, APPLICATION, "a", to("b")))
    (deletion,) = world.operations()
    record = world.deliveries.take(world.key(association("a")))
    with world.acting(Handling()):
        assert not invoke([earlier(record), record])
    assert links(world) == {association("b")}
    assert done(world, deletion) == 1
    world.deliver_all()
    world.expect_rest()
