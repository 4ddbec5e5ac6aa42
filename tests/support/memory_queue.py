"""The queue of submissions in memory: messages are delivered until they are deleted."""

import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any


class MemoryQueue:
    """A queue whose messages wait, in order, until they are deleted.

    Attributes:
        operations: The operations that the code under test calls, by name.
    """

    def __init__(self) -> None:
        self._messages: dict[str, dict[str, Any]] = {}
        self.operations: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "SendMessage": self._send
        }

    def _send(self, given: Mapping[str, Any]) -> dict[str, Any]:
        name = str(uuid.uuid4())
        self._messages[name] = {
            "messageId": name,
            "receiptHandle": name,
            "body": given["MessageBody"],
            "attributes": {"SentTimestamp": str(int(time.time() * 1000))},
        }
        return {"MessageId": name}

    def event(self) -> dict[str, Any]:
        """Return the waiting messages as the event that Lambda sends; they stay in the queue."""
        return {"Records": list(self._messages.values())}

    def delete(self, receipt: str) -> None:
        """Delete a message that was processed."""
        del self._messages[receipt]

    def show(self, event: Mapping[str, Any]) -> None:
        """Do nothing: messages that were not deleted are always available again."""
