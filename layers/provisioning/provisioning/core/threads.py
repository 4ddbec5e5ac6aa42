"""Calls made side by side: most of their time is waiting for the network."""

from collections.abc import Callable, Sequence
from typing import TypeVar

AT_ONCE = 10
"""Calls under way at the same time at most."""

ResultT = TypeVar("ResultT")


def together(calls: Sequence[Callable[[], ResultT]], at_once: int = AT_ONCE) -> list[ResultT]:
    """Make calls side by side and return their results in order.

    Args:
        calls: What to call, in any order.
        at_once: How many at the same time at most.

    Raises:
        Exception: What the first of them in order raised that failed, once all have ended.
    """
    if len(calls) <= 1:
        return [call() for call in calls]
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 -- costs every start else

    with ThreadPoolExecutor(min(at_once, len(calls))) as pool:
        return list(pool.map(lambda call: call(), calls))
