"""The one place where errors become HTTP: their statuses, and the two forms of the contract.

Version 1 of the API has an envelope, version 2 (sending strategies) a flat document.
"""

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


def _known(error: ProvisioningError) -> tuple[int, str, str]:
    """Return status, ``messageId`` and ``text`` of an error, or of the kind that it is one of."""
    return ERRORS[next(kind for kind in type(error).__mro__ if kind in ERRORS)]


def failure(error: ProvisioningError) -> tuple[int, dict[str, Any]]:
    """Return the status of an error, and the contract's envelope with its details."""
    status, message_id, text = _known(error)
    details: dict[str, Any] = {"messageId": message_id, "text": text}
    if isinstance(error, ConflictError):
        details["text"] = str(error)
    if isinstance(error, InvalidError | ThrottledError) and error.problems:
        details["validationErrors"] = error.problems
    return status, {"requestError": {"serviceException": details}}


ACTIONS = {
    400: "Correct the members that the violations name, and send the request again.",
    401: "Send a valid API key in the header Authorization: App <key>.",
    403: "Use an API key that has the scope for this request.",
    404: "Check the path and the ids in it.",
    409: "Read the present state, and decide whether the request still applies.",
    412: "Read the present version, and decide whether the request still applies.",
    429: "Wait for the seconds in the header Retry-After, then send the request again.",
    500: "Send the request again later; contact support if it keeps failing.",
}
"""What a client can do about an error, by its status."""


def newer_failure(error: ProvisioningError) -> tuple[int, dict[str, Any]]:
    """Return the status of an error, and its details in the form of version 2 of the API."""
    status, _, text = _known(error)
    problems = error.problems if isinstance(error, InvalidError | ThrottledError) else None
    return status, {
        "errorCode": f"E{status}",
        "description": str(error) if isinstance(error, ConflictError) else text,
        "action": ACTIONS[status],
        "violations": [
            {"property": member, "violation": message}
            for member, messages in (problems or {}).items()
            for message in messages
        ],
        "resources": [],
    }
