"""How fast an operation has been of late, by which it is estimated when it ends.

Each shard stores how far it was at two earlier moments (``transitions.recent``). Between moments
that are known it is taken to have worked evenly, so that what all shards together had done is known
for any moment, even when some of them have ended since and others have begun.
"""

from collections.abc import Iterable
from itertools import accumulate, pairwise
from typing import NamedTuple

from provisioning.core.clock import seconds_between
from provisioning.table.operation_types import Operation, Shard

SHORTEST_SECONDS = 10.0
"""The least time over which speed is measured: the table's refusals make work slower and faster
within seconds."""
SHARE = 0.5
"""The share of the time so far over which it is measured: the longer an operation takes, the more
there is to judge by, and a change of its speed still counts in full before long."""


class Mark(NamedTuple):
    """How much a shard had processed at a moment, in seconds since its operation started."""

    at: float
    processed: int


def present(operation: Operation, shards: Iterable[Shard], until: str) -> float:
    """Return the associations a second that an operation has processed of late.

    Args:
        operation: An operation that has started.
        shards: All its shards.
        until: The present moment, after it started.
    """
    started = operation["startedAt"]
    end = seconds_between(started, until)
    begin = max(0.0, min(end - SHORTEST_SECONDS, end * (1 - SHARE)))
    courses = [_course(shard, started) for shard in shards]
    processed = sum(_processed(course, end) - _processed(course, begin) for course in courses)
    return processed / (end - begin)


def _course(shard: Shard, started: str) -> list[Mark]:
    """Return the known progress of a shard, oldest first.

    If a clock was set back, a moment may lie after the last update. It then counts as the moment of
    that update, and progress never decreases.
    """
    last = shard["updatedAt"]
    known = {min(shard.get("createdAt", started), last): 0}
    if "recent" in shard:
        recent = shard["recent"]
        known[min(recent["sinceAt"], last)] = recent["sinceDone"]
        known[min(recent["at"], last)] = recent["done"]
    known[last] = shard["done"] + shard["failed"]
    moments = sorted(known)
    counts = accumulate((known[at] for at in moments), max)
    return [
        Mark(seconds_between(started, at), count) for at, count in zip(moments, counts, strict=True)
    ]


def _processed(course: list[Mark], moment: float) -> float:
    """Return how much a shard had processed at a moment."""
    if moment < course[0].at:
        return 0.0
    for before, after in pairwise(course):
        if moment < after.at:
            share = (moment - before.at) / (after.at - before.at)
            return before.processed + share * (after.processed - before.processed)
    return course[-1].processed
