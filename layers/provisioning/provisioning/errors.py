"""What can go wrong, in the terms of the product. Only ``api`` knows what HTTP calls it."""


class ProvisioningError(Exception):
    """The parent of every error that a client may be told of."""


class InvalidError(ProvisioningError):
    """The request breaks the contract.

    Attributes:
        problems: For each offending member the messages about it, in the contract's wording.
    """

    def __init__(self, problems: dict[str, list[str]]) -> None:
        """Take the messages by member."""
        super().__init__(str(problems))
        self.problems = problems


class UnauthorizedError(ProvisioningError):
    """The request has no key, or not one that is valid now."""


class ForbiddenError(ProvisioningError):
    """The key is valid and lacks the scope for this."""


class NotFoundError(ProvisioningError):
    """What the request names does not exist in this account."""


class ConflictError(ProvisioningError):
    """What stands already is in the way; the message names it."""


class ThrottledError(ProvisioningError):
    """The service cannot take the request now; a later try may succeed."""


class UnavailableError(ProvisioningError):
    """The service failed, and bounded retries of its own did not help."""
