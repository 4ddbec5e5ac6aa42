"""Token buckets: the remaining units of each limit."""

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from capacity.settings import Capacity


class Cost(NamedTuple):
    """The units that a part of a call takes from one partition key."""

    partition: str
    writes: float = 0
    reads: float = 0


@dataclass
class _Bucket:
    rate: float
    most: float
    level: float
    at: float

    def fill(self, now: float) -> None:
        self.level = min(self.most, self.level + self.rate * (now - self.at))
        self.at = now

    def allows(self, units: float) -> bool:
        """Return whether there is enough; a cost above a full bucket needs a full one."""
        return self.level >= min(units, self.most)


class Buckets:
    """The buckets of a table and its partition keys. Not safe for threads: its user locks."""

    def __init__(self, capacity: Capacity, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with full buckets."""
        self._capacity = capacity
        self._clock = clock
        self._buckets: dict[tuple[str, str], _Bucket] = {}

    def call_allowed(self) -> bool:
        """Take one from the account's calls, if there is one."""
        bucket = self._bucket("calls", "", self._clock())
        if bucket is None:
            return True
        if not bucket.allows(1):
            return False
        bucket.level -= 1
        return True

    def exhausted(self, costs: list[Cost]) -> set[str]:
        """Return the partition keys whose bucket has too little for a call; "" is the table.

        A read is allowed while anything is left, as its units are only known afterwards.
        """
        now, sums = self._clock(), _sums(costs)
        short: set[str] = set()
        for (kind, partition), units in sums.items():
            for name in (partition, ""):
                wanted = sum(u for (k, _), u in sums.items() if k == kind) if not name else units
                bucket = self._bucket(kind, name, now)
                if bucket is not None and not bucket.allows(wanted):
                    short.add(name)
        return short

    def take(self, costs: list[Cost]) -> None:
        """Take units; a bucket may owe some afterwards."""
        now = self._clock()
        for (kind, partition), units in _sums(costs).items():
            for name in (partition, ""):
                bucket = self._bucket(kind, name, now)
                if bucket is not None:
                    bucket.level -= units

    def _bucket(self, kind: str, name: str, now: float) -> _Bucket | None:
        rate = self._rate(kind, name)
        if not rate:
            return None
        most = max(1.0, rate * self._capacity.burst)
        bucket = self._buckets.setdefault((kind, name), _Bucket(rate, most, most, now))
        bucket.fill(now)
        return bucket

    def _rate(self, kind: str, name: str) -> float:
        capacity = self._capacity
        rates: Mapping[tuple[str, bool], float] = {
            ("writes", True): capacity.partition_writes,
            ("reads", True): capacity.partition_reads,
            ("writes", False): capacity.table_writes,
            ("reads", False): capacity.table_reads,
            ("calls", False): capacity.account_calls,
        }
        return rates[kind, bool(name)]


def _sums(costs: list[Cost]) -> Counter[tuple[str, str]]:
    sums: Counter[tuple[str, str]] = Counter()
    for cost in costs:
        for kind, units in (("writes", cost.writes), ("reads", cost.reads)):
            if units:
                sums[kind, cost.partition] += units  # type: ignore[assignment]
    return sums
