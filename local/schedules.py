"""Runs functions by the clock, as EventBridge does."""

import json
import threading
import time
import uuid
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Protocol

from local.resources import Schedule
from local.settings import ACCOUNT, REGION, LocalError

UNIT_SECONDS: Final = {"minute": 60, "hour": 3600, "day": 86400}
FIELDS: Final = (
    ("minute", 0, 59),
    ("hour", 0, 23),
    ("day", 1, 31),
    ("month", 1, 12),
    ("weekday", 1, 7),
    ("year", 1970, 2199),
)
MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN")
LATER_MONTHS: Final = ("JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
WEEKDAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
NAMES: Final = {
    name: number
    for names in (MONTHS + LATER_MONTHS, WEEKDAYS)
    for number, name in enumerate(names, 1)
}
FURTHEST: Final = timedelta(days=366 * 5)


class Clock(Protocol):
    """Tells when a schedule is due."""

    def __call__(self, after: datetime) -> datetime:
        """Give the first time after another at which it is due."""


def parse(expression: str) -> Clock:
    """Read a schedule expression.

    Args:
        expression: `rate(5 minutes)` or `cron(0 3 * * ? *)`, in UTC.

    Raises:
        LocalError: It is neither, or has parts that the local system does not know.
    """
    kind, _, rest = expression.partition("(")
    words = rest.removesuffix(")").split()
    if kind == "rate" and len(words) == 2 and words[1].removesuffix("s") in UNIT_SECONDS:  # noqa: PLR2004
        interval = timedelta(seconds=int(words[0]) * UNIT_SECONDS[words[1].removesuffix("s")])
        return lambda after: after + interval
    if kind == "cron" and len(words) == len(FIELDS):
        return cron(words)
    message = f"the local system does not know the schedule {expression}"
    raise LocalError(message)


def cron(words: Iterable[str]) -> Clock:
    """Read the fields of a cron expression."""
    fields = [
        values(word.upper(), first, last)
        for word, (_, first, last) in zip(words, FIELDS, strict=True)
    ]
    minutes, hours, days, months, weekdays, years = fields

    def is_due_on(day: datetime) -> bool:
        weekday = day.isoweekday() % 7 + 1
        in_month = day.day in days and weekday in weekdays
        return in_month and day.month in months and day.year in years

    def next_time(after: datetime) -> datetime:
        moment = after.replace(second=0, microsecond=0) + timedelta(minutes=1)
        while moment - after < FURTHEST:
            if not is_due_on(moment):
                moment = moment.replace(hour=0, minute=0) + timedelta(days=1)
            elif moment.hour not in hours:
                moment = moment.replace(minute=0) + timedelta(hours=1)
            elif moment.minute not in minutes:
                moment += timedelta(minutes=1)
            else:
                return moment
        return datetime.max.replace(tzinfo=UTC)

    return next_time


def values(word: str, first: int, last: int) -> frozenset[int]:
    """Read one field of a cron expression.

    Args:
        word: Numbers or names, ranges, lists, steps, `*` or `?`.
        first: The field's least value.
        last: Its greatest.

    Returns:
        The values at which it is due.

    Raises:
        LocalError: It has L, W or #, which the local system does not know.
    """
    found: set[int] = set()
    for part in word.split(","):
        span, _, step = part.partition("/")
        start, _, end = span.partition("-")
        try:
            low = first if start in {"*", "?"} else NAMES.get(start) or int(start)
            high = NAMES.get(end) or int(end) if end else last if start in "*?" or step else low
            found.update(range(low, high + 1, int(step or 1)))
        except ValueError:
            message = f"the local system does not know {part} in a cron expression"
            raise LocalError(message) from None
    return frozenset(found)


class Schedules:
    """Runs every schedule of a stack in a thread of its own."""

    def __init__(self, invoke: Callable[[str, bytes], object]) -> None:
        """Prepare to run.

        Args:
            invoke: Invokes the function with a logical id, with an event as JSON.
        """
        self._invoke = invoke
        self._stopping = threading.Event()

    def start(self, schedules: Iterable[Schedule]) -> None:
        """Begin to wait for each schedule; a rate is due first when it has passed once.

        Args:
            schedules: The schedules to run.

        Raises:
            LocalError: One of them cannot be read.
        """
        for schedule in schedules:
            arguments = (schedule, parse(schedule.expression))
            threading.Thread(target=self._run, args=arguments, daemon=True).start()

    def stop(self) -> None:
        """Begin nothing more."""
        self._stopping.set()

    def _run(self, schedule: Schedule, clock: Clock) -> None:
        due = clock(datetime.now(UTC))
        while not self._stopping.wait(min(max(0.0, due.timestamp() - time.time()), 3600.0)):
            if due <= datetime.now(UTC):
                self._invoke(schedule.function, json.dumps(event(schedule, due)).encode())
                due = clock(due)


def event(schedule: Schedule, due: datetime) -> Any:
    """Write what a schedule sends.

    Args:
        schedule: The schedule.
        due: When it was due.

    Returns:
        Its own event, or EventBridge's.
    """
    if schedule.event is not None:
        return schedule.event
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": due.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{schedule.logical_id}"],
        "detail": {},
    }
