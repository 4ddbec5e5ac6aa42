"""Times as items store them."""

import time
from datetime import UTC, datetime, timedelta

_DAY_SECONDS = 24 * 60 * 60


def now() -> str:
    """Return the current time, in the form of ``text``."""
    return text(datetime.now(UTC))


def text(moment: datetime) -> str:
    """Return a time in UTC as text (ISO 8601 with milliseconds; such texts sort by time).

    A time at the ends of the calendar, which cannot be converted, counts as one in UTC.
    """
    try:
        in_utc = moment.astimezone(UTC)
    except OverflowError:
        in_utc = moment.replace(tzinfo=UTC)
    return in_utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds_since(moment: str) -> float:
    """Return the seconds since a time in the form of ``now``."""
    return (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()


def seconds_between(earlier: str, later: str) -> float:
    """Return the seconds between two times in the form of ``now``."""
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


def days_after(moment: str, days: int) -> int:
    """Return the time some days after one in the form of ``now``, for DynamoDB's TTL."""
    return int(datetime.fromisoformat(moment).timestamp()) + days * _DAY_SECONDS


def in_days(days: int) -> int:
    """Return the time in some days, in seconds since 1970, for DynamoDB's TTL."""
    return int(time.time()) + days * _DAY_SECONDS


def hour() -> str:
    """Return the start of the current hour, in the form of ``now``."""
    return f"{now()[:13]}:00:00.000Z"


def later(moment: str, days: int) -> str:
    """Return the time some days after one, both in the form of ``now``."""
    return text(datetime.fromisoformat(moment) + timedelta(days=days))


def moment(seconds: int) -> str:
    """Return a time in seconds since 1970 in the form of ``now``."""
    return text(datetime.fromtimestamp(seconds, UTC))
