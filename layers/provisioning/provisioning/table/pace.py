"""The pace of background work: as fast as the table accepts it, and no faster.

A table refuses what exceeds the capacity of a partition or its own, and refuses clients with it. So
background work records each refusal, continues a little slower than the table has just accepted,
and then gradually faster until the next refusal (additive increase, multiplicative decrease). Below
the table's limit, the remaining capacity is for clients.

The limit and the moment of the last refusal determine the pace: the shards of an operation share
them through its item, and each takes its share of the pace at any moment.
"""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock

from provisioning.core.errors import CapacityExceededError

DECREASE = 0.8
"""Share of the pace that the table has just accepted which remains after a refusal."""
INCREASE = 0.03
"""How much of the limit is added to it in each second."""
ACCELERATION = 0.004
"""How much of the limit is added for each squared second without a refusal: where the table bears
far more than it seemed to, its limit is soon found (as TCP CUBIC does, RFC 9438)."""
INCREASE_BY = 0.5
"""Added to any pace, so that unequal operations come to equal shares."""
FIRST = 25.0
"""The least that the table is taken to bear at the first refusal: work may have just begun, so that
nothing was measured."""
LOWEST = 1.0
"""The lowest limit, in links a second."""
QUIET_SECONDS = 0.3
"""The pause after a refusal, in which the table recovers; each further one doubles it."""
LONGEST_QUIET_SECONDS = 5.0
CREDIT_SECONDS = 1.0
"""How much time without work can be made up for."""
WINDOW_SECONDS = 10.0
"""Seconds over which the accepted rate is measured."""
SHORTEST_SECONDS = 1.0
"""In less time a table uses saved capacity, which says nothing about its rate."""
LONGEST_WAIT_SECONDS = 30.0
"""The longest that work waits for its turn: a clock that was set back must not stop it."""
CHUNK_SECONDS = 0.3
"""The work of so much time is done in one call, so that a low limit is not used up by one."""
PATIENCE_SECONDS = 20.0
"""How long work is refused without a break before it is given up."""
SLOW_SECONDS = 1.0
"""After a call that took longer, work pauses as long as the call took: a table that is slow for it
is slow for clients too."""
MOST_LOST = 0.75
"""The share of the present pace below which a single refusal does not take it, before
``DECREASE``: what was measured over a short time may be too little by chance."""


@dataclass
class Pace:
    """The pace of one piece of work; safe to use from several threads.

    Attributes:
        limit: Links a second for all parts together at the last refusal; None if there was none.
        refused_at: The moment of the last refusal, in seconds since 1970.
        parts: Between how many parts the limit is shared.
        idle_since: Since when this part has not worked.
        on_refusal: Called after each refusal, to inform the other parts.
    """

    limit: float | None = None
    refused_at: float = 0.0
    parts: int = 1
    idle_since: float = field(default_factory=time.time)
    on_refusal: Callable[["Pace"], None] = lambda _: None

    def __post_init__(self) -> None:
        """Begin with the credit of the time without work."""
        self._lock = Lock()
        self._due = self.idle_since
        self._quiet_until = 0.0
        self._refusals = 0
        self._first_refusal = 0.0
        self._counting_since = time.time()
        self._done: deque[tuple[float, int]] = deque()

    def rate(self) -> float | None:
        """Return the links a second that this part may do now; None for as many as it can."""
        if self.limit is None:
            return None
        seconds = max(0.0, time.time() - self.refused_at)
        growth = INCREASE * seconds + ACCELERATION * seconds**2
        return (self.limit * (1 + growth) + INCREASE_BY * seconds) / self.parts

    def chunk(self, most: int) -> int:
        """Return how many links to do in one call."""
        rate = self.rate()
        return most if rate is None else max(1, min(most, int(rate * CHUNK_SECONDS)))

    def wait(self, links: int) -> None:
        """Wait until so many links may be done."""
        with self._lock:
            now, rate = time.time(), self.rate()
            self._due = min(self._due, now + LONGEST_WAIT_SECONDS)
            self._quiet_until = min(self._quiet_until, now + LONGEST_WAIT_SECONDS)
            begin = max(self._due, now - CREDIT_SECONDS) if rate else now
            self._due = begin + links / rate if rate else now
            begin = max(begin, self._quiet_until)
        if begin > now:
            time.sleep(begin - now)

    def done(self, links: int, seconds: float = 0.0) -> None:
        """Note that the table has taken links, and how long the call took."""
        with self._lock:
            now = time.time()
            self._refusals = 0
            self._done.append((now, links))
            if seconds > SLOW_SECONDS:
                self._quiet_until = now + min(seconds, LONGEST_QUIET_SECONDS)

    def refused(self, refusal: CapacityExceededError) -> None:
        """Record that the table has refused a call, and slow down.

        Args:
            refusal: The refusal, whose text says which call it was.

        Raises:
            CapacityExceededError: It has refused every call for ``PATIENCE_SECONDS``.
        """
        now = time.time()
        seconds = now - self._first_refusal
        if self._refusals and seconds > PATIENCE_SECONDS:
            reason = f"{refusal}; refused {self._refusals + 1} times in {seconds:.1f} s"
            raise CapacityExceededError(reason=reason) from refusal
        if not self._refusals:
            self._first_refusal = now
        with self._lock:
            if self.limit is None or not self._refusals:
                # Further refusals of the same call say nothing new: the table still recovers.
                self.limit = max(LOWEST, DECREASE * self._taken(now) * self.parts)
            self.refused_at = self._counting_since = now
            self._done.clear()
            pause = min(LONGEST_QUIET_SECONDS, QUIET_SECONDS * 2**self._refusals)
            self._quiet_until = now + pause
            self._refusals += 1
        self.on_refusal(self)

    def _taken(self, now: float) -> float:
        """Return the links a second that the table has taken of this part, at most its own pace."""
        nominal = self.rate()
        seconds = now - max(self._counting_since, now - WINDOW_SECONDS)
        if nominal is not None and seconds < SHORTEST_SECONDS:
            return nominal
        links = sum(links for at, links in self._done if now - at <= WINDOW_SECONDS)
        measured = links / max(SHORTEST_SECONDS, seconds)
        if nominal is None:
            return max(FIRST, measured)
        return max(MOST_LOST * nominal, min(nominal, measured))
