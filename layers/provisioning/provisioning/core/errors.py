"""The errors of the product. Only package ``http`` knows their statuses."""

from itertools import islice


class ProvisioningError(Exception):
    """The parent of every error that a client may see."""


MAXIMUM_PROBLEMS = 20
"""Members of a bad request that its response names, and messages about each of them."""
MAXIMUM_MEMBER_LENGTH = 255
"""Characters of a member's name that a response shows: clients choose some names themselves."""


class InvalidError(ProvisioningError):
    """The request breaks the contract.

    Attributes:
        problems: The messages about each offending member, in the contract's wording; the first
            ``MAXIMUM_PROBLEMS``, so that no request makes a response too large to send.
    """

    def __init__(self, problems: dict[str, list[str]]) -> None:
        """Take the messages by member."""
        self.problems = {
            member[:MAXIMUM_MEMBER_LENGTH]: messages[:MAXIMUM_PROBLEMS]
            for member, messages in islice(problems.items(), MAXIMUM_PROBLEMS)
        }
        super().__init__(str(self.problems))


class UnauthorizedError(ProvisioningError):
    """The request has no valid API key."""


class ForbiddenError(ProvisioningError):
    """The API key is valid but does not have the scope for this request."""


class NotFoundError(ProvisioningError):
    """The resource does not exist in this account."""


class ConflictError(ProvisioningError):
    """The request conflicts with the current state, for example the id already exists. The message
    says what.
    """


class StaleError(ProvisioningError):
    """The resource has another version than ``If-Match`` names. Nothing was changed."""


class RepeatedError(ProvisioningError):
    """Another request with the same ``Idempotency-Key`` was carried out at the same moment."""


class ThrottledError(ProvisioningError):
    """The service cannot process the request now. It can be sent again later.

    Attributes:
        retry_after: Seconds to wait before it is sent again.
        headers: Further headers of the response.
        problems: Which quota is used up, by member; None for the rate limit.
    """

    def __init__(
        self,
        retry_after: int = 1,
        problems: dict[str, list[str]] | None = None,
        reason: str = "",
    ) -> None:
        """Take the seconds to wait, which quota is used up, and the reason for the log."""
        super().__init__(reason or f"try again in {retry_after} s")
        self.retry_after = retry_after
        self.headers: dict[str, str] = {}
        self.problems = problems


class CapacityExceededError(ThrottledError):
    """The table refused a call because a partition, the table or the account is at its limit."""


class UnavailableError(ProvisioningError):
    """The service failed, and its own retries did not help. Its text, for the log, says which call.

    Attributes:
        passes: Whether the same call can succeed later. If not, the service rejected its content.
    """

    def __init__(self, reason: str = "", *, passes: bool = True) -> None:
        """Take the reason for the log, and whether the same call can succeed later."""
        super().__init__(reason)
        self.passes = passes


def is_passing(error: Exception) -> bool:
    """Return whether what failed with an error can succeed later without any change."""
    return isinstance(error, ThrottledError) or (
        isinstance(error, UnavailableError) and error.passes
    )
