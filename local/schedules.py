"""Invokes functions at their schedules' rates."""

import json
import re
import threading
import time
import uuid
from collections.abc import Callable, Iterable
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


class Schedules:
    """Runs each schedule in a thread; `invoke` gets a function's logical id and its event."""

    def __init__(self, invoke: Callable[[str, bytes], object]) -> None:
        self._invoke = invoke
        self._stopping = threading.Event()

    def start(self, schedules: Iterable[Schedule]) -> None:
        """Start the schedules; each is due for the first time after one interval.

        Raises:
            LocalError: A schedule is not a rate.
        """
        for schedule in schedules:
            arguments = (schedule, interval(schedule.expression))
            threading.Thread(target=self._run, args=arguments, daemon=True).start()

    def stop(self) -> None:
        """Invoke nothing more."""
        self._stopping.set()

    def _run(self, schedule: Schedule, seconds: int) -> None:
        due = time.time() + seconds
        while not self._stopping.wait(max(0.0, due - time.time())):
            self._invoke(schedule.function, json.dumps(event(schedule, due)).encode())
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
