"""What can go wrong, and with which exit code the command then ends."""

from collections.abc import Mapping
from typing import Any

OK = 0
FAILED = 1
USAGE = 2


class CommandError(Exception):
    """The parent of what ends a command before its time.

    Attributes:
        code: The exit code.
    """

    code = FAILED


class UsageError(CommandError):
    """The command was not given as it must be."""

    code = USAGE


class ApiError(CommandError):
    """The API has refused a request.

    Attributes:
        status: The HTTP status.
        envelope: The answer's document, empty where it had none.
    """

    def __init__(self, status: int, envelope: Mapping[str, Any]) -> None:
        """Take the status and the answer's document."""
        self.status = status
        self.envelope = envelope
        super().__init__(f"{status} {explained(envelope)}")


def explained(envelope: Mapping[str, Any]) -> str:
    """Return an error in the contract's words, with what is wrong with each member."""
    error = (envelope.get("requestError") or {}).get("serviceException") or {}
    lines = [error.get("text", "The request failed")]
    lines += [
        f"  {member}: {', '.join(messages)}"
        for member, messages in (error.get("validationErrors") or {}).items()
    ]
    return "\n".join(lines)
