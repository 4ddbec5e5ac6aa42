"""Unique ids."""

import secrets
import time


def new_id() -> str:
    """Return a unique id that sorts by the time it was made: 12 hexadecimal digits of
    milliseconds since 1970, then 12 random ones.
    """
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(6)}"
