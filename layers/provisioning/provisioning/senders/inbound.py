"""The owners of the resource that an inbound message was sent to."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import cast

from provisioning.accounts.principals import Principal
from provisioning.core import identities
from provisioning.core.identities import Identity
from provisioning.core.kinds import VALID_CHANNELS, Channel, ResourceType
from provisioning.core.spellings import digits, preference
from provisioning.paging.indexed_list import Keep
from provisioning.resources import association_items, own_associations
from provisioning.senders.ownership import order
from provisioning.table import keys, reads
from provisioning.table.item_types import AssociationItem
from provisioning.table.primary_keys import KeyRange


@dataclass(frozen=True)
class Owners:
    """The owners of a resource on a channel."""

    resource_type: ResourceType
    resource_id: str
    associations: list[Identity]


def owners(
    principal: Principal,
    channel: Channel,
    identifier: str,
    resource_type: ResourceType | None,
) -> Owners | None:
    """Return who owns the resource that an inbound message was sent to; None if nobody does.

    Associations are read consistently, so one counts as soon as it is written. Whether their
    applications and entities still exist is read eventually consistently, at half the cost: an
    owner that was deleted counts as what its deletion makes of it, the application ``default``
    without entity.

    Args:
        principal: The API key that asks: owners that it may not see do not exist for it.
        channel: The channel of the message.
        identifier: The resource; a number in any usual spelling. If several spellings of it are
            stored, the exact one counts, else the digits, the digits with a plus, or the first.
        resource_type: The type of the resource; None for the likeliest type that has the id.
    """
    keep = own_associations.is_own(principal)
    for key_range in _ranges(principal.account_id, channel, identifier, resource_type):
        present = _present(principal.account_id, reads.query_all(key_range), keep)
        found = [
            one for one in present if principal.binding.covers(one.application_id, one.entity_id)
        ]
        if found:
            first = min(found, key=lambda one: preference(one.resource_id, identifier))
            of_first = [one for one in found if one.resource_id == first.resource_id]
            found_type = cast("ResourceType", first.resource_type)
            return Owners(found_type, first.resource_id, sorted(of_first, key=order))
    return None


def _ranges(
    account_id: str, channel: Channel, identifier: str, resource_type: ResourceType | None
) -> Iterator[KeyRange[AssociationItem]]:
    """Yield where the associations of a resource may be, the likeliest place first: at most two."""
    types = [
        kind
        for kind, channels in VALID_CHANNELS.items()
        if channel in channels and resource_type in {None, kind}
    ]
    number = digits(identifier)
    # An id that is no number is most likely of another type.
    for kind in sorted(types, key=lambda kind: (kind == "NUMBER") != (number is not None)):
        if kind == "NUMBER" and number is not None:
            yield keys.number_links(account_id, channel, number)
        else:
            yield keys.resource_links(account_id, kind, channel, identifier)


def _present(account_id: str, links: Iterable[AssociationItem], keep: Keep) -> set[Identity]:
    """Return associations as they are without the applications and entities that are deleted.

    Of those that are as they were created, the ones to keep.
    """
    linked = [(identities.of(item), item) for item in links]
    needed = {one: association_items.parents_of(one) for one, _ in linked}
    wanted = {
        keys.parent(account_id, kind, identifier): (kind, identifier)
        for its_parents in needed.values()
        for kind, identifier in its_parents.values()
    }
    found = reads.batch_get(wanted, consistent=False)
    present = {wanted[key]: parent for key, parent in found.items()}
    unchanged = {
        one for one, item in linked if association_items.are_unchanged(present, needed[one], item)
    }
    kept = {one for one, item in linked if one in unchanged and keep(item)}
    return kept | {one.by_default() for one, _ in linked if one not in unchanged}
