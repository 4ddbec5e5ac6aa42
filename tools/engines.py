"""An engine for a while: DynamoDB Local, in memory."""

from collections.abc import Iterator
from contextlib import contextmanager

from local import engine


@contextmanager
def running() -> Iterator[str]:
    """Run the engine in memory for the length of a with block, which gets its endpoint."""
    started = engine.start()
    try:
        started.wait()
        yield started.endpoint
    finally:
        started.stop()
