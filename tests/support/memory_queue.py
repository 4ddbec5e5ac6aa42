"""The queue of submissions in memory, which delivers again what is not deleted."""

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
        """Return what is waiting, as Lambda hands it to a function; it stays on the queue."""
        return {"Records": list(self._messages.values())}

    def delete(self, receipt: str) -> None:
        """Delete a message that was processed."""
        del self._messages[receipt]

    def show(self, event: Mapping[str, Any]) -> None:
        """Let what was received and not deleted be received again: here it always can be."""
