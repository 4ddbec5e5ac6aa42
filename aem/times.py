"""Moments as people write them: ``yesterday``, ``2h``, ``2026-11-25``."""

import re
from datetime import UTC, datetime, timedelta

from aem.errors import UsageError

_UNITS = {"s": "seconds", "m": "minutes", "min": "minutes", "h": "hours", "d": "days", "w": "weeks"}
_SPAN = re.compile(r"([0-9]{1,6}) ?(s|min|m|h|d|w)( ago)?")


def moment(text: str, now: datetime | None = None, *, ahead: bool = False) -> str:
    """Return a moment in ISO 8601, in UTC.

    Args:
        text: ``now``, ``today``, ``yesterday``, ``tomorrow``, a time span (``2h``, ``7d``), or ISO
            8601; without a time zone it is local time.
        now: The current time, for tests.
        ahead: Whether a time span leads into the future.

    Raises:
        UsageError: It is none of these.
    """
    here = (now or datetime.now(UTC)).astimezone()
    words = {
        "now": here,
        "today": _midnight(here),
        "yesterday": _midnight(here - timedelta(days=1)),
        "tomorrow": _midnight(here + timedelta(days=1)),
    }
    folded = text.strip().lower()
    found = words.get(folded)
    try:
        if found is None and (span := _SPAN.fullmatch(folded)) and not (ahead and span[3]):
            length = timedelta(**{_UNITS[span[2]]: int(span[1])})
            found = here + length if ahead else here - length
        if found is None:
            found = datetime.fromisoformat(text.strip())
        return found.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    except (ValueError, OverflowError):
        day = "tomorrow" if ahead else "yesterday"
        raise UsageError(
            f"{text!r} is no time: write {day}, 2h, 7d, 2026-11-25 or 2026-11-25T12:00+01:00"
        ) from None


def _midnight(day: datetime) -> datetime:
    return day.replace(hour=0, minute=0, second=0, microsecond=0)
