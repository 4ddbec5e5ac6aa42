"""Many threads doing the same thing at the same moment."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TypeVar

Outcome = TypeVar("Outcome")

THREADS = 32


def race(acts: Sequence[Callable[[], Outcome]]) -> list[Outcome]:
    """Carry out all acts at once, a thread for each, and return what came of them."""
    barrier = Barrier(len(acts))

    def run(act: Callable[[], Outcome]) -> Outcome:
        barrier.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(run, acts))
