"""Who makes a change: what every item that a request writes remembers of it, for the audit."""

from dataclasses import dataclass

from provisioning.core.clock import now


@dataclass(frozen=True)
class Origin:
    """Where a change comes from.

    Attributes:
        actor: The id of the key that asked for it, or the name of what did so without one.
        request_id: The request that asked for it, as the answer and the log name it; none for
            what no request has caused.
    """

    actor: str
    request_id: str | None = None

    def marks(self) -> dict[str, str | None]:
        """Return the attributes by which an item remembers its last change."""
        return {"actor": self.actor, "requestId": self.request_id, "changedAt": now()}


COMMAND = Origin("command")
"""A person at a command of this project."""
MESSAGE = Origin("message")
"""A submitted message, which names an entity that did not exist."""
SYSTEM = Origin("system")
"""The system itself, without anybody's asking."""
