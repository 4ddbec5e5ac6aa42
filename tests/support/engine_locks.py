"""Patience with the locks of DynamoDB Local, which the real table does not have.

The engine lets one writer at a time into a table, in no fair order, and answers 500 to a call that
has waited for 10 s ("This request will succeed in actual DynamoDB API"). Many threads on a busy
machine can starve one of them for longer than the product's own tries last.
"""

from collections.abc import Callable
from typing import Any

Create = Callable[[str], Any]
"""Returns a new client of a service, as ``clients.create`` does."""

TRIES = 30
PAUSE_SECONDS = 0.05

_LOCKED = "too long waiting for a lock"


def patient(create: Create) -> Create:
    """Return what creates clients that try again while a lock of the engine keeps them out."""

    def create_patient(service: str) -> Any:
        client = create(service)
        # The first handler with an answer decides: the product's own follows where this has none.
        client.meta.events.register_first(f"needs-retry.{service}", _pause_before_retry)
        return client

    return create_patient


def _pause_before_retry(
    response: tuple[Any, dict[str, Any]] | None, attempts: int, **_: Any
) -> float | None:
    """Return the seconds to wait before the next try; None if this is no matter of locks."""
    if response is None or attempts >= TRIES:
        return None
    message: str = response[1].get("Error", {}).get("Message", "")
    return PAUSE_SECONDS if _LOCKED in message else None
