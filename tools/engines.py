"""An engine for a while: DynamoDB Local."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local import engine


@contextmanager
def running(data: Path | None = None) -> Iterator[str]:
    """Run the engine for the length of a with block, which gets its endpoint.

    Args:
        data: The folder of its data; None for memory.
    """
    started = engine.start(data=data)
    try:
        started.wait()
        yield started.endpoint
    finally:
        started.stop()
