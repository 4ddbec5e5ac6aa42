"""Errors, and the exit code that each ends the command with."""

from collections.abc import Iterator, Mapping
from typing import Any

OK = 0
FAILED = 1
USAGE = 2
INTERRUPTED = 130
UNKNOWN = "whether the request was carried out is unknown"
_FORBIDDEN = 403
_MISSING = 404
_FAILURES = 500


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
    """A request got no answer; whether it was carried out is unknown.

    Attributes:
        is_cut: Whether the connection ended before the answer did.
    """

    def __init__(self, text: str, *, is_cut: bool = False) -> None:
        """Keep the text, and what became of the connection."""
        self.is_cut = is_cut
        super().__init__(text)


class ApiError(CommandError):
    """The API, or a server that is not the API, refused a request.

    Attributes:
        status: The HTTP status.
        envelope: The answer's document, empty if it was no JSON object.
        is_write: Whether the request was to change something.
    """

    def __init__(self, status: int, envelope: Mapping[str, Any], *, is_write: bool = False) -> None:
        """Keep the status and the answer's document."""
        self.status = status
        self.envelope = envelope
        self.is_write = is_write
        lines = [f"{status} {explain(envelope)}", self.hint]
        super().__init__("\n".join(filter(None, lines)))

    @property
    def hint(self) -> str:
        """What a person can check, "" if the error says it."""
        if self.is_write and self.status >= _FAILURES:
            return f"{UNKNOWN.capitalize()}."
        is_foreign = self.status == _MISSING and not self.is_own
        return "Is this the base URL of the API?" if is_foreign else ""

    @property
    def is_own(self) -> bool:
        """Whether a route of the API gave the answer, so that its status is about the request.

        Another server has another form. A gateway that has no such route answers in both forms.
        """
        error = _mapping(_mapping(self.envelope.get("requestError")).get("serviceException"))
        older = isinstance(error.get("messageId"), str)
        newer = isinstance(self.envelope.get("errorCode"), str)
        return older != newer

    @property
    def is_forbidden(self) -> bool:
        """Whether the API refused it because the key may not do it."""
        return self.is_own and self.status == _FORBIDDEN

    @property
    def violations(self) -> list[tuple[str, str]]:
        """The members that the API refused, each with its problem."""
        return list(_violations(self.envelope))


def explain(envelope: object) -> str:
    """Return an error's text and what is wrong with each member, whatever the body's shape."""
    document = _mapping(envelope)
    error = _mapping(_mapping(document.get("requestError")).get("serviceException"))
    texts = [text for text in (error.get("text"), document.get("description")) if text]
    text = next((text for text in texts if isinstance(text, str)), "The request failed")
    found: dict[str, list[str]] = {}
    for member, problem in _violations(document):
        found.setdefault(member, []).append(problem)
    lines = [f"  {member}: {', '.join(problems)}" for member, problems in found.items()]
    return "\n".join([text, *lines])


def _violations(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield members and problems, of either form of the API's errors."""
    error = _mapping(_mapping(document.get("requestError")).get("serviceException"))
    for member, messages in _mapping(error.get("validationErrors")).items():
        for message in messages if isinstance(messages, list) else [messages]:
            yield member, str(message)
    violations = document.get("violations")
    for violation in violations if isinstance(violations, list) else ():
        if isinstance(violation, Mapping):
            yield str(violation.get("property", "")), str(violation.get("violation", ""))


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
