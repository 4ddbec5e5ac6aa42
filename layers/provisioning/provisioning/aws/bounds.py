"""How long this product waits for AWS: all bounds of time.

The tries are those of botocore's standard mode: four for DynamoDB and three for SQS, or as many as
``AWS_MAX_ATTEMPTS`` says. The pauses are botocore's too: up to 25 ms (SQS: 50 ms) after a failure
and 1 s after a throttle, doubled each time, or what ``x-amz-retry-after`` asks for.
"""

from __future__ import annotations

import math
import time
from contextlib import contextmanager
from functools import wraps
from typing import TYPE_CHECKING, Any

from provisioning.core import config

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONNECT_SECONDS = 1.0
"""How long a service may take to accept a connection."""
READ_SECONDS = config.answer_seconds()
"""How long a service may be silent during a response."""
REQUEST_SECONDS = 2.0
"""How long after its start a client's request may be retried; then it is answered with 429."""
RESERVED_SECONDS = CONNECT_SECONDS + READ_SECONDS
"""How long before Lambda ends a function that no client waits for, its last retry begins.

One try takes no longer, so the function still reports what failed and is not cut off.
"""

_deadline = math.inf


@contextmanager
def client_waiting() -> Iterator[None]:
    """Bound all retries in the with block by ``REQUEST_SECONDS``."""
    with _until(time.monotonic() + REQUEST_SECONDS):
        yield


def within_time_left(handler: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """Bound all retries of a function behind a stream, queue or schedule by the time it has left.

    Args:
        handler: The Lambda handler.
    """

    @wraps(handler)
    def bounded(event: Any, context: Any) -> Any:
        left = context.get_remaining_time_in_millis() / 1000
        with _until(time.monotonic() + left - RESERVED_SECONDS):
            return handler(event, context)

    return bounded


@contextmanager
def _until(deadline: float) -> Iterator[None]:
    """Bound all retries in the with block by a moment of the monotonic clock.

    The bound is the process's, since an execution environment serves one request at a time and
    calls may be made from several threads.
    """
    global _deadline  # noqa: PLW0603 - a context variable would not reach other threads
    _deadline = deadline
    try:
        yield
    finally:
        _deadline = math.inf


def seconds_left() -> float:
    """Return how long retries may still wait; infinite outside of an invocation."""
    return _deadline - time.monotonic()
