"""What identifies an association: the five values that a client names (contract)."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from provisioning.core.kinds import DEFAULT_APPLICATION

MEMBERS = ("resourceType", "channel", "applicationId", "entityId", "resourceId")
"""The members that identify an association, in the order in which clients see them."""


class Identity(NamedTuple):
    """The values of these members, in the order in which ``keys`` takes them."""

    application_id: str
    resource_type: str
    channel: str
    resource_id: str
    entity_id: str | None

    def members(self) -> dict[str, str]:
        """Return the members as clients see them, without the entity where there is none."""
        given = {
            "resourceType": self.resource_type,
            "channel": self.channel,
            "applicationId": self.application_id,
            "entityId": self.entity_id,
            "resourceId": self.resource_id,
        }
        return {member: value for member, value in given.items() if value is not None}

    def by_default(self) -> "Identity":
        """Return what an association becomes when it loses a parent: ``default``, no entity."""
        return self._replace(application_id=DEFAULT_APPLICATION, entity_id=None)


def of(members: Mapping[str, Any]) -> Identity:
    """Return what identifies the association that an item stands for, whichever of its items.

    Args:
        members: The item, or only the members; no entity may be None or missing.
    """
    return Identity(
        members["applicationId"],
        members["resourceType"],
        members["channel"],
        members["resourceId"],
        members.get("entityId"),
    )
