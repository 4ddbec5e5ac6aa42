"""What can go wrong, in the terms of the product. Only ``api`` knows what HTTP calls it."""

from itertools import islice


class ProvisioningError(Exception):
    """The parent of every error that a client may be told of."""


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
    """The request has no key, or not one that is valid now."""


class ForbiddenError(ProvisioningError):
    """The key is valid and lacks the scope for this."""


class NotFoundError(ProvisioningError):
    """What the request names does not exist in this account."""


class ConflictError(ProvisioningError):
    """What stands already is in the way; the message names it."""


class StaleError(ProvisioningError):
    """What the request is to change is not as its ``If-Match`` says; it was left alone."""


class RepeatedError(ProvisioningError):
    """The request was carried out before, with the same ``Idempotency-Key``, a moment ago."""


class ThrottledError(ProvisioningError):
    """The service cannot take the request now; a later try may succeed.

    Attributes:
        retry_after: Seconds after which it may.
        headers: Further headers of the answer.
        problems: What is used up, by member, where it is not the rate of requests.
    """

    def __init__(self, retry_after: int = 1, problems: dict[str, list[str]] | None = None) -> None:
        """Take when to try again, and what is used up."""
        super().__init__(f"try again in {retry_after} s")
        self.retry_after = retry_after
        self.headers: dict[str, str] = {}
        self.problems = problems


class UnavailableError(ProvisioningError):
    """The service failed, and bounded retries of its own did not help."""
