"""Work in a thread, beside what is measured."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def beside(work: Callable[[threading.Event], None]) -> Iterator[None]:
    """Let a thread work for the length of a with block.

    Args:
        work: Works until the event that it gets is set, at the end of the block.
    """
    ended = threading.Event()
    worker = threading.Thread(target=work, args=(ended,))
    worker.start()
    try:
        yield
    finally:
        ended.set()
        worker.join()
