"""The present moment, as items hold it."""

import time
from datetime import UTC, datetime

_DAY_SECONDS = 24 * 60 * 60


def now() -> str:
    """Return the present moment, as ``text`` writes it."""
    return text(datetime.now(UTC))


def text(moment: datetime) -> str:
    """Return a moment in UTC (ISO 8601 with milliseconds; such texts sort by time)."""
    in_utc = moment.astimezone(UTC)
    return in_utc.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def seconds_since(moment: str) -> float:
    """Return how many seconds ago a moment was that ``now`` returned."""
    return (datetime.now(UTC) - datetime.fromisoformat(moment)).total_seconds()


def seconds_between(earlier: str, later: str) -> float:
    """Return how many seconds lie between two moments of ``now``."""
    return (datetime.fromisoformat(later) - datetime.fromisoformat(earlier)).total_seconds()


def days_after(moment: str, days: int) -> int:
    """Return the moment so many days after one of ``now``, as DynamoDB's TTL takes it."""
    return int(datetime.fromisoformat(moment).timestamp()) + days * _DAY_SECONDS


def in_days(days: int) -> int:
    """Return the moment so many days ahead, in seconds since 1970, as DynamoDB's TTL takes it."""
    return int(time.time()) + days * _DAY_SECONDS


def hour() -> str:
    """Return the beginning of the present hour, in the form of ``now``."""
    return f"{now()[:13]}:00:00.000Z"


def moment(seconds: int) -> str:
    """Return a moment given in seconds since 1970 in the form of ``now``."""
    return text(datetime.fromtimestamp(seconds, UTC))
