"""How long to wait before a request is sent again."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests

ATTEMPTS = 6
"""Tries of a request that is answered 429."""
ATTEMPTS_OF_READS = 3
"""Tries of a read that the service fails; a write may have been carried out."""
LONGEST_WAIT = 60.0
"""Seconds; a longer Retry-After means a quota, not the rate of requests."""
_THROTTLED = 429
_FAILURES = 500


def wait(response: requests.Response, method: str, attempt: int) -> float | None:
    """Return the seconds after which a request can be sent again; None for never."""
    asked = _retry_after(response.headers)
    if response.status_code == _THROTTLED:
        pause = 1.0 if asked is None else asked
    elif response.status_code >= _FAILURES and method == "GET" and attempt < ATTEMPTS_OF_READS - 1:
        pause = float(1 + attempt) if asked is None else asked
    else:
        return None
    return pause if pause <= LONGEST_WAIT else None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of ``Retry-After``, which is a number or a date (RFC 9110)."""
    text = headers.get("Retry-After", "")
    if text.isascii() and text.isdigit():
        return float(text)
    then = http_date(text)
    if then is None:
        return None
    # By the server's own clock, where it is told: this machine's may be wrong.
    now = http_date(headers.get("Date", "")) or datetime.now(UTC)
    return max(0.0, math.ceil((then - now).total_seconds()))


def http_date(text: str) -> datetime | None:
    """Return the moment of a header's date, None if it is none."""
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
