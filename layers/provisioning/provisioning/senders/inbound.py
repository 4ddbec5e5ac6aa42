"""The owners of the resource that an inbound message was sent to."""

from collections.abc import Iterable
from dataclasses import dataclass

from provisioning.accounts.restrictions import Binding
from provisioning.core import identities
from provisioning.core.identities import Identity
from provisioning.core.kinds import VALID_CHANNELS, Channel, ResourceType
from provisioning.resources import association_items
from provisioning.senders.ownership import order
from provisioning.senders.spellings import is_number, stored_forms
from provisioning.table import keys, reads


@dataclass(frozen=True)
class Owners:
    """The owners of a resource on a channel.

    Attributes:
        resource_type: Its type.
        resource_id: Its id, as it is stored.
        associations: Its associations, in the order of ``ownership.order``.
    """

    resource_type: ResourceType
    resource_id: str
    associations: list[Identity]


def owners(account_id: str, channel: Channel, identifier: str, binding: Binding) -> Owners | None:
    """Return who owns the resource that an inbound message was sent to; None if nobody does.

    The exact id is read consistently, so a link counts as soon as its resource link is written.
    Other spellings of a number, and whether the owners still exist, are read eventually
    consistently, at half the cost. An owner that was deleted counts as what its deletion makes of
    it: the application ``default`` without entity.

    Args:
        account_id: The account.
        channel: The channel of the message.
        identifier: The resource; a number in any usual spelling.
        binding: The restriction of the API key that asks: other owners do not exist for it.

    Raises:
        ThrottledError, UnavailableError: The table could not be read.
    """
    for position, (resource_type, resource_id) in enumerate(_candidates(channel, identifier)):
        key_range = keys.resource_links(account_id, resource_type, channel, resource_id)
        found = reads.query(key_range, consistent=position == 0).items
        if found:
            present = _present(account_id, [identities.of(item) for item in found])
            seen = [one for one in present if binding.covers(one.application_id, one.entity_id)]
            if seen:
                return Owners(resource_type, resource_id, sorted(seen, key=order))
    return None


def _candidates(channel: Channel, identifier: str) -> list[tuple[ResourceType, str]]:
    """Return the resources that an id may mean on a channel, at most three, the likeliest first."""
    types = [kind for kind, channels in VALID_CHANNELS.items() if channel in channels]
    if "NUMBER" not in types:
        return [(kind, identifier) for kind in types]
    if not is_number(identifier):
        return sorted(((kind, identifier) for kind in types), key=lambda one: one[0] == "NUMBER")
    exact: list[tuple[ResourceType, str]] = [("NUMBER", identifier)]
    others = [(kind, identifier) for kind in types if kind != "NUMBER" and identifier.isdigit()]
    spelled: list[tuple[ResourceType, str]] = [
        ("NUMBER", form) for form in stored_forms(identifier)[1:]
    ]
    return [*exact, *others, *spelled]


def _present(account_id: str, linked: Iterable[Identity]) -> set[Identity]:
    """Return associations as they are without the applications and entities that are deleted."""
    needed = {one: set(association_items.parents_of(one).values()) for one in linked}
    wanted = {
        keys.parent(account_id, kind, identifier): (kind, identifier)
        for parents in needed.values()
        for kind, identifier in parents
    }
    existing = {wanted[key] for key in reads.batch_get(wanted, consistent=False)}
    return {
        one if existing.issuperset(parents) else one.by_default() for one, parents in needed.items()
    }
