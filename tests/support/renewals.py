"""Parents that are deleted and created again, and what becomes of the links to them."""

from provisioning.core import identities
from provisioning.core.identities import Identity
from provisioning.core.kinds import Kind
from provisioning.operations import lookup, summary
from provisioning.operations.deletions import DeleteOptions
from provisioning.operations.target import Target
from tests.support.seeding import ACCOUNT
from tests.support.world import World


def to(application_id: str | None = None, entity_id: str | None = None) -> DeleteOptions:
    """Return the options of a deletion that moves links to a target."""
    return DeleteOptions("reassign", Target(application_id, entity_id))


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
