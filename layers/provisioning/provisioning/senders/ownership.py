"""Who owns a resource, since when and by whom, now or at an earlier moment.

The present owners are the associations of the resource. Since when, by whom and who owned it before
is read from the audit, which lags behind by the stream's delay and is kept for a year by default.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from provisioning.core import identities
from provisioning.core.identities import Identity
from provisioning.core.kinds import VALID_CHANNELS, Channel, ResourceType
from provisioning.senders.spellings import stored_forms
from provisioning.table import keys, reads
from provisioning.table.audit_types import AuditItem


@dataclass(frozen=True)
class Ownership:
    """A period in which a resource had an owner on a channel.

    Attributes:
        association: The association: resource, channel, application and entity.
        since: When it began; None if that is longer ago than the audit is kept.
        by: Who began it: an API key's id, or ``system`` and the like; None if unknown.
        until: When it ended; None if it has not.
        ended_by: Who ended it.
    """

    association: Identity
    since: str | None = None
    by: str | None = None
    until: str | None = None
    ended_by: str | None = None

    def was_in_force(self, moment: str) -> bool:
        """Return whether a moment lies in the period."""
        began = self.since is None or self.since <= moment
        return began and (self.until is None or self.until > moment)


def of_resource(
    account_id: str, resource_type: ResourceType, identifier: str
) -> tuple[str, dict[Channel, list[Ownership]]]:
    """Return all periods of a resource by channel, those in force first.

    Args:
        account_id: The account.
        resource_type: Its type.
        identifier: Its id; a number is found in any usual spelling, the exact one first.

    Returns:
        The id of the resource that was found, and its periods; none if there is no such resource.

    Raises:
        ThrottledError, UnavailableError: The table could not be read.
    """
    spellings = stored_forms(identifier) if resource_type == "NUMBER" else [identifier]
    for resource_id in spellings:
        found = {
            channel: periods
            for channel in VALID_CHANNELS[resource_type]
            if (periods := _on_channel(account_id, resource_type, channel, resource_id))
        }
        if found:
            return resource_id, found
    return identifier, {}


def _on_channel(
    account_id: str, resource_type: str, channel: str, resource_id: str
) -> list[Ownership]:
    links = reads.query_all(keys.resource_links(account_id, resource_type, channel, resource_id))
    wanted = {
        keys.association(account_id, association): association
        for association in map(identities.of, links)
    }
    present = {wanted[key]: item for key, item in reads.batch_get(wanted).items()}
    history = keys.audit_history(account_id, "association", resource_type, channel, resource_id)
    ended, in_force = _replayed(reads.query_all(history), resource_type, channel, resource_id)
    owners = [
        in_force.get(association)
        or Ownership(association, item.get("changedAt"), item.get("actor"))
        for association, item in present.items()
    ]
    earlier = sorted(ended, key=lambda period: period.until or "", reverse=True)
    return [*sorted(owners, key=lambda period: order(period.association)), *earlier]


def order(association: Identity) -> tuple[bool, str, str]:
    """Return the key by which owners are sorted: assigned ones first, then by their ids."""
    is_unassigned = association == association.by_default()
    return is_unassigned, association.application_id, association.entity_id or ""


def _replayed(
    entries: Iterable[AuditItem], resource_type: str, channel: str, resource_id: str
) -> tuple[list[Ownership], dict[Identity, Ownership]]:
    """Return the periods that the audit, oldest entry first, says have ended, and the others."""
    ended: list[Ownership] = []
    in_force: dict[Identity, Ownership] = {}

    def association(side: Mapping[str, Any]) -> Identity:
        return Identity(
            side["applicationId"], resource_type, channel, resource_id, side.get("entityId")
        )

    for entry in entries:
        before, after = entry.get("before"), entry.get("after")
        if before is not None and before != after:
            was = association(before)
            period = in_force.pop(was, Ownership(was))
            ended.append(replace(period, until=entry["at"], ended_by=entry["actor"]))
        if after is not None:
            now = association(after)
            in_force.setdefault(now, Ownership(now, entry["at"], entry["actor"]))
    return ended, in_force
