"""An association that is created while its parent is deleted."""

from functools import partial
from itertools import count

import pytest

from provisioning.core.errors import NotFoundError
from provisioning.core.kinds import APPLICATION, ENTITY, Kind
from tests.support.seeding import association
from tests.support.world import World


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
