"""The identity of an association: the five members that clients name (contract)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from provisioning.core.kinds import DEFAULT_APPLICATION

MEMBERS = ("resourceType", "channel", "applicationId", "entityId", "resourceId")
"""The members that identify an association, in the order in which clients see them."""


class Identity(NamedTuple):
    """The values of these members, in the order of the parameters in module ``keys``."""

    application_id: str
    resource_type: str
    channel: str
    resource_id: str
    entity_id: str | None

    def members(self) -> dict[str, str]:
        """Return the members as clients see them, without an absent entity."""
        given = {
            "resourceType": self.resource_type,
            "channel": self.channel,
            "applicationId": self.application_id,
            "entityId": self.entity_id,
            "resourceId": self.resource_id,
        }
        return {member: value for member, value in given.items() if value is not None}

    def by_default(self) -> "Identity":
        """Return the identity after a reset: application ``default``, no entity."""
        return self._replace(application_id=DEFAULT_APPLICATION, entity_id=None)


def of(members: Mapping[str, Any]) -> Identity:
    """Return the identity in an association's item, entity link or resource link.

    Args:
        members: The item, or only the members; without entity, it may be None or missing.
    """
    return Identity(
        members["applicationId"],
        members["resourceType"],
        members["channel"],
        members["resourceId"],
        members.get("entityId"),
    )
