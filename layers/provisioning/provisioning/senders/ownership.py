"""Who owns a resource, since when and by whom, now or at an earlier moment.

The present owners are the associations of the resource. Since when, by whom and who owned it before
is read from the audit, which lags behind by the stream's delay and is kept for a year by default.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from provisioning.accounts.principals import Principal
from provisioning.accounts.restrictions import Binding
from provisioning.core import identities
from provisioning.core.identities import Identity
from provisioning.core.kinds import VALID_CHANNELS, Channel, ResourceType
from provisioning.core.spellings import digits, preference
from provisioning.paging.indexed_list import Keep
from provisioning.resources import own_associations
from provisioning.table import keys, reads
from provisioning.table.audit_types import AuditItem
from provisioning.table.item_types import AssociationItem
from provisioning.table.primary_keys import KeyRange


@dataclass(frozen=True)
class Ownership:
    """A period in which a resource had an owner on a channel.

    Attributes:
        association: The association: resource, channel, application and entity.
        since: When it began; None if that is longer ago than the audit is kept.
        by: Who began it: an API key's id, or ``system`` and the like; None if unknown.
        until: When it ended; None if it has not, or if the audit does not have the end yet.
        ended_by: Who ended it.
        is_present: Whether the association exists now.
    """

    association: Identity
    since: str | None = None
    by: str | None = None
    until: str | None = None
    ended_by: str | None = None
    is_present: bool = False

    def is_in_force(self, moment: str | None) -> bool:
        """Return whether a moment lies in the period; None is now, as the association says."""
        if moment is None:
            return self.is_present
        began = self.since is None or self.since <= moment
        return began and (self.until is None or self.until > moment)

    def is_over(self, moment: str | None) -> bool:
        """Return whether the period had ended by a moment; None is now, as the audit says."""
        return self.until is not None and (moment is None or self.until <= moment)


@dataclass
class OwnedResource:
    """A resource with all periods of its ownership.

    Attributes:
        resource_id: Its id, as it is stored.
        channels: Its periods by channel; those that have ended, the newest first.
        other_spellings: The other ids under which the same number is stored, or was.
    """

    resource_id: str
    channels: dict[Channel, list[Ownership]] = field(default_factory=dict)
    other_spellings: list[str] = field(default_factory=list)

    def is_owned(self, moment: str | None) -> bool:
        """Return whether it had an owner at a moment, or has one now."""
        periods = (period for periods in self.channels.values() for period in periods)
        return any(period.is_in_force(moment) for period in periods)


def of_resource(
    principal: Principal, resource_type: ResourceType, identifier: str, moment: str | None
) -> OwnedResource | None:
    """Return a resource with all periods that an API key may see; None if there are none.

    Args:
        principal: The API key of the request.
        resource_type: Its type.
        identifier: Its id, or a number in any usual spelling. If several spellings of a number are
            stored, the exact one counts, else those that had an owner at the moment come first.
        moment: The moment of which the owners are asked; None for now.
    """
    found: dict[str, OwnedResource] = {}
    keep = own_associations.is_own(principal)
    for channel in VALID_CHANNELS[resource_type]:
        for period in _on_channel(principal.account_id, resource_type, channel, identifier, keep):
            association = period.association
            if _is_visible(period, principal.binding):
                resource = found.setdefault(
                    association.resource_id, OwnedResource(association.resource_id)
                )
                resource.channels.setdefault(channel, []).append(period)
    if not found:
        return None

    def rank(resource_id: str) -> tuple[bool, bool, tuple[bool, bool, bool, str]]:
        is_owned = found[resource_id].is_owned(moment)
        return resource_id != identifier, not is_owned, preference(resource_id, identifier)

    first, *others = sorted(found, key=rank)
    return replace(found[first], other_spellings=sorted(others))


def _is_visible(period: Ownership, binding: Binding) -> bool:
    """Return whether an API key may see a period: not one of a namesake of what it covers."""
    parents = period.association.application_id, period.association.entity_id
    began = period.since or period.until
    if period.is_present or began is None:
        return binding.covers(*parents)
    return binding.covered(*parents, began)


def _on_channel(
    account_id: str, resource_type: ResourceType, channel: Channel, identifier: str, keep: Keep
) -> list[Ownership]:
    """Return the periods of a resource, or of all spellings of a number, on a channel.

    Of the present ones, those whose association is to be kept.
    """
    linked = map(
        identities.of, reads.query_all(_links(account_id, resource_type, channel, identifier))
    )
    wanted = {keys.association(account_id, one): one for one in linked}
    present = {wanted[key]: item for key, item in reads.batch_get(wanted).items()}
    entries = reads.query_all(
        keys.audit_history(account_id, "association", resource_type, channel, identifier)
    )
    ended, in_force = _replayed(entries)
    begun = {one: in_force.pop(one, _begun(one, item)) for one, item in present.items()}
    owners = [replace(begun[one], is_present=True) for one, item in present.items() if keep(item)]
    # What is left of them was ended, and the audit does not say so yet.
    earlier = sorted(ended, key=lambda period: period.until or "", reverse=True)
    return [*owners, *in_force.values(), *earlier]


def _links(
    account_id: str, resource_type: ResourceType, channel: Channel, identifier: str
) -> KeyRange[AssociationItem]:
    number = digits(identifier) if resource_type == "NUMBER" else None
    if number is None:
        return keys.resource_links(account_id, resource_type, channel, identifier)
    return keys.number_links(account_id, channel, number)


def _begun(association: Identity, item: AssociationItem) -> Ownership:
    """Return the period of an association that the audit does not have yet, or not any more."""
    return Ownership(association, item.get("changedAt"), item.get("actor"))


def order(association: Identity) -> tuple[bool, str, str]:
    """Return the key by which owners are sorted: assigned ones first, then by their ids."""
    is_unassigned = association == association.by_default()
    return is_unassigned, association.application_id, association.entity_id or ""


def _replayed(
    entries: Iterable[AuditItem],
) -> tuple[list[Ownership], dict[Identity, Ownership]]:
    """Return the periods that the audit, oldest entry first, says have ended, and the others."""
    ended: list[Ownership] = []
    in_force: dict[Identity, Ownership] = {}
    for entry in _in_order(entries):
        target, before, after = entry["target"], entry.get("before"), entry.get("after")
        if before is not None and before != after:
            was = _side(target, before)
            period = in_force.pop(was, Ownership(was))
            ended.append(replace(period, until=entry["at"], ended_by=entry["actor"]))
        if after is not None:
            now = _side(target, after)
            in_force.setdefault(now, Ownership(now, entry["at"], entry["actor"]))
    return ended, in_force


def _in_order(entries: Iterable[AuditItem]) -> Iterator[AuditItem]:
    """Yield entries by time; within a millisecond, whose order is unknown, beginnings first.

    So an association that begins and ends within it has ended. If it exists after all, its item
    says so.
    """
    yield from sorted(entries, key=lambda entry: (entry["at"], entry.get("before") is not None))


def _side(target: Mapping[str, Any], side: Mapping[str, Any]) -> Identity:
    return identities.of({**target, **side})
