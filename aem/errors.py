"""Errors, and the exit code that each ends the command with."""

from collections.abc import Mapping
from typing import Any

OK = 0
FAILED = 1
USAGE = 2
INTERRUPTED = 130


class CommandError(Exception):
    """Base class of the errors that end a command.

    Attributes:
        code: The exit code.
    """

    code = FAILED


class UsageError(CommandError):
    """The command was used wrongly; nothing was changed."""

    code = USAGE


class CancelledError(CommandError):
    """The person at the terminal declined, or interrupted a prompt.

    Args:
        code: ``USAGE`` for an answer, ``INTERRUPTED`` for Ctrl-C.
    """

    def __init__(self, code: int = USAGE) -> None:
        """Keep the exit code."""
        self.code = code
        super().__init__("Cancelled; nothing was changed.")


class NoAnswerError(CommandError):
    """A request got no answer; whether it was carried out is unknown."""


class ApiError(CommandError):
    """The API refused a request.

    Attributes:
        status: The HTTP status.
        envelope: The answer's document, empty if it was no JSON object.
    """

    def __init__(self, status: int, envelope: Mapping[str, Any]) -> None:
        """Keep the status and the answer's document."""
        self.status = status
        self.envelope = envelope
        super().__init__(f"{status} {explain(envelope)}")


def explain(envelope: object) -> str:
    """Return an error's text and what is wrong with each member, whatever the body's shape."""
    request_error = _mapping(_mapping(envelope).get("requestError"))
    error = _mapping(request_error.get("serviceException"))
    text = error.get("text")
    lines = [text if isinstance(text, str) and text else "The request failed"]
    for member, messages in _mapping(error.get("validationErrors")).items():
        found = messages if isinstance(messages, list) else [messages]
        lines.append(f"  {member}: {', '.join(map(str, found))}")
    return "\n".join(lines)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
