"""Parallel calls: most of their time is waiting for the network."""

from collections.abc import Callable, Sequence
from typing import TypeVar

AT_ONCE = 10
"""The maximum number of calls at the same time."""

ResultT = TypeVar("ResultT")


def together(calls: Sequence[Callable[[], ResultT]], at_once: int = AT_ONCE) -> list[ResultT]:
    """Make calls in parallel and return their results in order.

    Args:
        calls: The calls, in any order.
        at_once: The maximum number of calls at the same time; one makes them in this thread.

    Raises:
        Exception: The error of the first call in order that failed, after all have ended.
    """
    if len(calls) <= 1 or at_once == 1:
        return [call() for call in calls]
    from concurrent.futures import ThreadPoolExecutor  # noqa: PLC0415 - keeps starts fast

    with ThreadPoolExecutor(min(at_once, len(calls))) as pool:
        return list(pool.map(lambda call: call(), calls))
