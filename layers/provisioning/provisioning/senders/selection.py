"""Chooses a sender from a pool. Pure: the same input always gives the same sender.

Rules narrow the pool one after the other, and none leaves it empty:

1. **Country**: numbers of the destination's country, and senders that have no country.
2. **Priority**: the sender types with the best priority.
3. **Area code**: the numbers nearest to the destination, if the strategy asks for it.

Rendezvous hashing (Thaler and Ravishankar, 1998) ranks what remains: every sender gets a score from
the key of the message and its own name, and the highest wins. So a destination keeps its sender
without being stored, and a sender that joins or leaves a pool of n moves only the destinations it
gets or had: 1/n of them on average.
"""

import hashlib
import math
from collections.abc import Iterable, Sequence
from functools import cache
from typing import NamedTuple

from provisioning.resources.sending_strategies import Strategy
from provisioning.senders import area_codes, numbers
from provisioning.senders.numbers import ALPHANUMERIC, NumberFacts
from provisioning.senders.scores import SCORE_BITS, Scores, highest

UNLISTED_PRIORITY = 5
"""Priority of the sender types that a strategy does not list; it lists 1 to 4."""
GEOLOCATED_COUNTRIES = frozenset({"US", "CA"})


class Sender(NamedTuple):
    """A resource that messages can leave from."""

    resource_type: str
    resource_id: str

    def members(self) -> dict[str, str]:
        """Return the sender as clients see it."""
        return {"resourceType": self.resource_type, "resourceId": self.resource_id}


class Candidate(NamedTuple):
    """A sender with what the rules need of it."""

    sender: Sender
    facts: NumberFacts
    seed: int


Candidates = tuple[Candidate, ...]


class Rule(NamedTuple):
    """What one rule left of the pool.

    Attributes:
        name: ``COUNTRY``, ``PRIORITY`` or ``AREA_CODE``.
        candidates: The senders that remain.
    """

    name: str
    candidates: Candidates


def candidates(senders: Iterable[Sender]) -> Candidates:
    """Return the senders of a pool as candidates: the part that can be kept with the pool."""
    return tuple(Candidate(one, _facts(one), _hash("\n".join(one))) for one in senders)


def _facts(sender: Sender) -> NumberFacts:
    return numbers.facts(sender.resource_id) if sender.resource_type == "NUMBER" else ALPHANUMERIC


class _Narrowed(NamedTuple):
    """What the rules leave of a pool for some destinations."""

    rules: tuple[Rule, ...]
    remaining: Candidates
    scores: Scores


class Selection:
    """A pool with a strategy; what the rules leave is kept for destinations that are alike."""

    def __init__(self, pool: Candidates, strategy: Strategy) -> None:
        """Take the pool and the strategy whose rules narrow it."""
        self._pool = pool
        self._strategy = strategy
        self._narrowed = cache(self._narrow)

    def rules(self, destination: NumberFacts) -> tuple[Rule, ...]:
        """Return what each rule leaves for a destination, in the order of the rules."""
        return self._narrowed(destination.country, destination.area_code).rules

    def ranking(self, destination: NumberFacts, key: str, count: int) -> list[Sender]:
        """Return the best senders for a message, the chosen one first.

        Args:
            destination: What is known of the number the message goes to.
            key: What the choice depends on: the destination alone for a sticky sender, else the
                message too.
            count: How many senders at most.
        """
        narrowed = self._narrowed(destination.country, destination.area_code)
        scores: Sequence[float] = (
            list(map(self._weighted, narrowed.remaining, narrowed.scores.of(_hash(key))))
            if self._strategy.weights
            else narrowed.scores.of(_hash(key))
        )
        return [narrowed.remaining[one].sender for one in highest(scores, count)]

    def _narrow(self, country: str | None, area_code: str | None) -> _Narrowed:
        left = self._pool
        left_by_country = _by_country(left, country) or left
        left_by_priority = self._by_priority(left_by_country)
        left_by_area = self._by_area(left_by_priority, country, area_code) or left_by_priority
        rules = (
            Rule("COUNTRY", left_by_country),
            Rule("PRIORITY", left_by_priority),
            Rule("AREA_CODE", left_by_area),
        )
        return _Narrowed(rules, left_by_area, Scores([one.seed for one in left_by_area]))

    def _by_priority(self, pool: Candidates) -> Candidates:
        priorities = self._strategy.priorities
        given = [priorities.get(one.facts.sender_type, UNLISTED_PRIORITY) for one in pool]
        best = min(given, default=UNLISTED_PRIORITY)
        return tuple(one for one, priority in zip(pool, given, strict=True) if priority == best)

    def _by_area(self, pool: Candidates, country: str | None, area_code: str | None) -> Candidates:
        if not self._strategy.is_geolocated or country not in GEOLOCATED_COUNTRIES:
            return pool
        apart = [_distance(one.facts.area_code, area_code) for one in pool]
        nearest = min((one for one in apart if one is not None), default=None)
        return tuple(one for one, far in zip(pool, apart, strict=True) if far == nearest)

    def _weighted(self, one: Candidate, score: int) -> float:
        """Return a score by which senders win in proportion to their weights."""
        weight = self._strategy.weights.get(one.sender, 1)
        # 52 bits: the share stays below 1 as a floating-point number.
        share = ((score >> SCORE_BITS - 52) + 0.5) / 2**52
        return -weight / math.log(share) if weight else 0.0


def _by_country(pool: Sequence[Candidate], country: str | None) -> Candidates:
    if country is None:
        return tuple(pool)
    return tuple(one for one in pool if one.facts.country in {None, country})


def _distance(one: str | None, other: str | None) -> float | None:
    if one is None or other is None:
        return None
    return area_codes.distance(one, other)


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest())
