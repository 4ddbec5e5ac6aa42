"""Unique ids."""

import secrets
import time
from datetime import UTC, datetime

from provisioning.core.clock import text


def new_id() -> str:
    """Return a unique id that sorts by the time it was made: 12 hexadecimal digits of
    milliseconds since 1970, then 12 random ones.
    """
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(6)}"


def time_part(moment: str) -> str:
    """Return how the ids begin that were made at a time in the form of ``clock.now``."""
    milliseconds = round(datetime.fromisoformat(moment).timestamp() * 1000)
    return f"{milliseconds:012x}"


def made_at(unique_id: str) -> str:
    """Return when an id was made, in the form of ``clock.now``."""
    return text(datetime.fromtimestamp(int(unique_id[:12], 16) / 1000, UTC))


_REVERSED_DIGITS = str.maketrans("0123456789abcdef", "fedcba9876543210")


def newest_first(unique_id: str) -> str:
    """Return an id so that later ones sort before it; applied twice, the id itself."""
    return unique_id.translate(_REVERSED_DIGITS)
