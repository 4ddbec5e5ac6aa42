"""The one place where errors become HTTP: their statuses, and the contract's envelope."""

from typing import Any

from provisioning.core.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    ProvisioningError,
    StaleError,
    ThrottledError,
    UnauthorizedError,
    UnavailableError,
)

ERRORS: dict[type[ProvisioningError], tuple[int, str, str]] = {
    InvalidError: (400, "BAD_REQUEST", "Bad request"),
    UnauthorizedError: (401, "UNAUTHORIZED", "Unauthorized"),
    ForbiddenError: (403, "FORBIDDEN", "Forbidden"),
    NotFoundError: (404, "NOT_FOUND", "Not found"),
    ConflictError: (409, "CONFLICT", "Conflict"),
    StaleError: (412, "PRECONDITION_FAILED", "Precondition failed"),
    ThrottledError: (429, "TOO_MANY_REQUESTS", "Too many requests"),
    UnavailableError: (
        500,
        "GENERAL_ERROR",
        "Something went wrong. Please contact support.",
    ),
}
"""Status, ``messageId`` and ``text`` of each error (contract)."""


def failure(error: ProvisioningError) -> tuple[int, dict[str, Any]]:
    """Return the status of an error, and the contract's envelope with its details."""
    kind = next(kind for kind in type(error).__mro__ if kind in ERRORS)
    status, message_id, text = ERRORS[kind]
    details: dict[str, Any] = {"messageId": message_id, "text": text}
    if isinstance(error, ConflictError):
        details["text"] = str(error)
    if isinstance(error, InvalidError | ThrottledError) and error.problems:
        details["validationErrors"] = error.problems
    return status, {"requestError": {"serviceException": details}}
