"""Who makes a change. Every item that a request writes stores it, for the audit."""

from dataclasses import dataclass
from typing import NotRequired, TypedDict

from provisioning.core.clock import now


class Marks(TypedDict):
    """The attributes of an item that say who made its last change."""

    actor: str
    requestId: NotRequired[str | None]
    changedAt: str


@dataclass(frozen=True)
class Origin:
    """Who makes a change, and by which request.

    Attributes:
        actor: The id of the API key, or the name of what acts without one.
        request_id: The request's id, as in the response and the log; None without a request.
    """

    actor: str
    request_id: str | None = None

    def marks(self) -> Marks:
        """Return the attributes that store the last change of an item."""
        return {"actor": self.actor, "requestId": self.request_id, "changedAt": now()}


COMMAND = Origin("command")
"""A person at a command of this project."""
MESSAGE = Origin("message")
"""A submitted message that names an entity which does not exist yet."""
SYSTEM = Origin("system")
"""The system itself."""
WITHOUT_KEY = frozenset({COMMAND.actor, MESSAGE.actor, SYSTEM.actor})
"""The actors that are no API keys."""
