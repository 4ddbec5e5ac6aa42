"""A clock that only moves when the code under test calls a service or pauses."""

import time
from datetime import UTC, datetime, tzinfo

import pytest

_CLOCKS = ("core.clock", "messages.received", "operations.summary")
"""The modules that look at the calendar."""

_BEGINNING = datetime(2030, 1, 1, tzinfo=UTC).timestamp()


class SimulatedClock:
    """The time of a course of events, the same each time the course happens.

    Attributes:
        now: Seconds since 1970.
    """

    def __init__(self) -> None:
        """Begin at a fixed time."""
        self.now = _BEGINNING

    def pause(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds

    def install(self, patch: pytest.MonkeyPatch) -> None:
        """Replace the clocks of this process, and its pauses."""
        patch.setattr("time.time", lambda: self.now)
        patch.setattr("time.monotonic", lambda: self.now)
        patch.setattr("time.time_ns", lambda: int(self.now * 1e9))
        patch.setattr("time.sleep", self.pause)
        follow_time(patch)


def follow_time(patch: pytest.MonkeyPatch) -> None:
    """Let the calendar of the code under test follow ``time.time``, as a test replaces it."""

    class Calendar(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "Calendar":
            return cls.fromtimestamp(time.time(), tz)

    for name in _CLOCKS:
        patch.setattr(f"provisioning.{name}.datetime", Calendar)
