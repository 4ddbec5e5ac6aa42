"""The deadline of a bulk request."""

import time

from provisioning.http.routes import Request

LAST_START_SECONDS = 2.5
"""How long before the end of the function's time the last task may start."""
ANSWER_SECONDS = 0.5
"""How long before it the response is written, whatever is still under way."""
LONGEST_SECONDS = 15 * 60
"""The longest that Lambda runs a function."""


class Deadline:
    """When a bulk request has to end, in monotonic time of this process."""

    def __init__(self, request: Request) -> None:
        """Take how long the function may still run."""
        self._end = time.monotonic() + min(request.seconds_left(), LONGEST_SECONDS)

    @property
    def allows_start(self) -> bool:
        """Whether there is time to start another task."""
        return time.monotonic() < self._end - LAST_START_SECONDS

    @property
    def seconds_left(self) -> float:
        """Seconds until the response has to be written."""
        return max(0.0, self._end - ANSWER_SECONDS - time.monotonic())
