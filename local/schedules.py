"""Invokes functions at their schedules' rates."""

import json
import re
import threading
import time
import uuid
from collections.abc import Callable
from typing import Any, Final

from local.resources import Schedule
from local.settings import ACCOUNT, REGION, LocalError

_RATE: Final = re.compile(r"rate\(([1-9][0-9]*) (minute|hour|day)s?\)")
_UNIT_SECONDS: Final = {"minute": 60, "hour": 3600, "day": 86400}


def interval(expression: str) -> int:
    """Return the seconds between two invocations of a schedule such as `rate(5 minutes)`.

    Raises:
        LocalError: The expression is not a rate, for example `cron(...)`.
    """
    if rate := _RATE.fullmatch(expression):
        return int(rate[1]) * _UNIT_SECONDS[rate[2]]
    message = f"the local system does not support the schedule {expression}, only rate(...)"
    raise LocalError(message)


def run(
    schedule: Schedule, seconds: int, invoke: Callable[[bytes], object], stopping: threading.Event
) -> None:
    """Invoke a function with the event of a schedule after each interval, until the end."""
    due = time.time() + seconds
    while not stopping.wait(max(0.0, due - time.time())):
        invoke(json.dumps(event(schedule, due)).encode())
        due += seconds


def event(schedule: Schedule, due: float) -> dict[str, Any]:
    """Build EventBridge's event of a schedule that was due at a time, in seconds since 1970."""
    return {
        "version": "0",
        "id": str(uuid.uuid4()),
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": ACCOUNT,
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(due)),
        "region": REGION,
        "resources": [f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{schedule.logical_id}"],
        "detail": {},
    }
