"""How long to wait before a request is sent again."""

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import IncompleteRead

import requests

from aem.errors import NoAnswerError

ATTEMPTS = 6
"""Tries of a request that is answered 429."""
ATTEMPTS_OF_READS = 3
"""Tries of a read that the service fails, or that is cut off; a write may have been carried out."""
LONGEST_WAIT = 60.0
"""Seconds; a longer Retry-After means a quota, not the rate of requests."""
_CUT = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError, IncompleteRead)
_THROTTLED = 429
_FAILURES = 500


def wait(response: requests.Response, method: str, attempt: int) -> float | None:
    """Return the seconds after which a request can be sent again; None for never."""
    if attempt >= ATTEMPTS - 1:
        return None
    asked = _retry_after(response.headers)
    if response.status_code == _THROTTLED:
        pause = 1.0 if asked is None else asked
    elif response.status_code >= _FAILURES and method == "GET" and attempt < ATTEMPTS_OF_READS - 1:
        pause = float(1 + attempt) if asked is None else asked
    else:
        return None
    return pause if pause <= LONGEST_WAIT else None


def wait_after_loss(error: NoAnswerError, method: str, attempt: int) -> float | None:
    """Return the seconds after which a read that was cut off is sent again; None for never."""
    if error.is_cut and method == "GET" and attempt < ATTEMPTS_OF_READS - 1:
        return float(1 + attempt)
    return None


def is_cut(error: BaseException) -> bool:
    """Return whether an error of a request means that an open connection ended."""
    found: BaseException | None = error
    while found is not None and not isinstance(found, _CUT):
        found = found.__context__
    return found is not None


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of ``Retry-After``, which is a number or a date (RFC 9110)."""
    text = headers.get("Retry-After", "")
    if text.isascii() and text.isdigit():
        return float(text)
    then = http_date(text)
    if then is None:
        return None
    # By the server's own clock, where it sends that: this machine's may be wrong.
    now = http_date(headers.get("Date", "")) or datetime.now(UTC)
    return max(0.0, math.ceil((then - now).total_seconds()))


def http_date(text: str) -> datetime | None:
    """Return the moment of a header's date, None if it is none."""
    try:
        found = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
