"""The one loop that retries a conditional write whose items changed since they were read."""

from collections.abc import Callable
from typing import TypeVar

from provisioning.core.errors import ThrottledError
from provisioning.table.dynamodb import ConditionFailedError

ATTEMPTS = 5
"""Attempts by default: a client waits for the outcome."""
BACKGROUND_ATTEMPTS = 20
"""Attempts of work behind the stream, where a failure costs another delivery."""

ResultT = TypeVar("ResultT")


def retry_on_conflict(
    attempt: Callable[[], ResultT],
    *,
    attempts: int = ATTEMPTS,
    conflict: type[Exception] = ConditionFailedError,
) -> ResultT:
    """Return the result of an attempt, which is repeated while its conditions fail.

    Args:
        attempt: Reads what it needs and writes on condition of what it read.
        attempts: How often to try.
        conflict: The error of an attempt that is worth another one.

    Raises:
        ThrottledError: Every attempt met a conflict.
    """
    for _ in range(attempts):
        try:
            return attempt()
        except conflict:
            continue
    raise ThrottledError(reason=f"the items changed during each of {attempts} attempts")
