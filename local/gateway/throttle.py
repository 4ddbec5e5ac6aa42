"""The stage's limit on requests per second."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any


class Throttle:
    """A token bucket."""

    def __init__(
        self, rate: float, burst: float, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Start with a full bucket.

        Args:
            rate: Requests per second that are let through in the long run.
            burst: Requests that may come at once.
            clock: Gives the time in seconds.
        """
        self._rate = rate
        self._burst = burst
        self._clock = clock
        self._tokens = burst
        self._filled = clock()
        self._lock = threading.Lock()

    def admits(self) -> bool:
        """Return whether one more request may pass now, and count it if so."""
        with self._lock:
            now = self._clock()
            self._tokens = min(self._burst, self._tokens + (now - self._filled) * self._rate)
            self._filled = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True


def from_stage(stage: Mapping[str, Any]) -> Throttle | None:
    """Make the throttle that a stage asks for all its methods.

    Args:
        stage: Properties of AWS::ApiGateway::Stage.

    Returns:
        The throttle, or None if the stage sets no limits.
    """
    for settings in stage.get("MethodSettings", ()):
        if settings["HttpMethod"] == "*" and "ThrottlingRateLimit" in settings:
            rate, burst = settings["ThrottlingRateLimit"], settings["ThrottlingBurstLimit"]
            return Throttle(float(rate), float(burst))
    return None
