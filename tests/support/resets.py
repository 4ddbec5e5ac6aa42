"""Resets of an application with many associations, and what is true when one is done."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from provisioning.core.kinds import APPLICATION
from provisioning.operations import lookup, shard_state, summary
from tests.support.seeding import ACCOUNT, association
from tests.support.thoroughness import calls_apart
from tests.support.world import World

if TYPE_CHECKING:
    from provisioning.core.identities import Identity

STEP = calls_apart(8)
"""Calls from one interruption that is tried to the next."""


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
