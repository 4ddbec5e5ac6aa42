"""How long this product waits for AWS: all bounds of time.

The tries are those of botocore's standard mode: three, or as many as ``AWS_MAX_ATTEMPTS`` says.
"""

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

CONNECT_SECONDS = 1.0
"""How long a service may take to accept a connection."""
READ_SECONDS = 1.0
"""How long a service may be silent during a response."""
REQUEST_SECONDS = 2.0
"""How long after its start a client's request may be retried; then it is answered with 429.

Functions behind streams, queues and schedules are bounded by their tries alone.
"""

_deadline = math.inf


@contextmanager
def client_waiting() -> Iterator[None]:
    """Bound all retries in the with block by ``REQUEST_SECONDS``.

    The bound is the process's, since an execution environment serves one request at a time and
    calls may be made from several threads.
    """
    global _deadline  # noqa: PLW0603 - a context variable would not reach other threads
    _deadline = time.monotonic() + REQUEST_SECONDS
    try:
        yield
    finally:
        _deadline = math.inf


def seconds_left() -> float:
    """Return how long retries may still wait; infinite if no client waits."""
    return _deadline - time.monotonic()
