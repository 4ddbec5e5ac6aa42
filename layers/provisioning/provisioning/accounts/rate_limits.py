"""How many requests an account, and each of its keys, may make in a second.

Each has a **bucket** of tokens in the table, which fills at a rate and holds a burst. A request
takes one token. No process asks the table for each: it **leases** a twentieth of the burst at a
time and spends that by itself, so the table sees one write for every so many requests, and for a
bucket at most 20 x rate / burst writes a second (10 with a burst of twice the rate), however many
requests come.

A bucket is one number, ``spentUntil``: the moment (microseconds since 1970) when all tokens leased
so far will have been filled up again. A lease moves it on, by one conditional write that reads
nothing before and that two processes can make at the same moment (the "generic cell rate
algorithm").

**Guaranteed**: in any time of t seconds no more than ``burst + rate * t`` tokens are leased. A
process may hold a lease for later, and takes one request on trust before its first, so at most
``1 + burst / 20`` requests more for each process can come through on top. Nothing is refused
while tokens are in the bucket, but for those that other processes hold.
"""

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass

from provisioning.accounts.authentication import Principal
from provisioning.core import config
from provisioning.core.clock import in_days
from provisioning.core.errors import ThrottledError
from provisioning.table import dynamodb, keys
from provisioning.table.dynamodb import ConditionFailedError, Item
from provisioning.table.keys import Key

SHARES = 20
"""Parts of a burst that are leased one at a time."""
NAMES = (
    "accountRequestsPerSecond",
    "accountBurst",
    "keyRequestsPerSecond",
    "keyBurst",
    "applications",
    "entities",
    "associations",
)
"""Names of all limits, as the template's variable and an account's item have them."""
TRIES = 4
"""Tries of a lease that other processes get ahead of."""

UNITS_A_TOKEN = 25
"""Read units that a request may use for each token."""

_SECOND = 1_000_000
_BUCKETS = 2000


@dataclass
class Bucket:
    """A process's part of a bucket.

    Attributes:
        key: The bucket's item.
        rate: Tokens that come in each second.
        burst: Tokens that it holds.
        held: Tokens that this process has leased and not spent; the first is on trust. Below zero
            after requests that have turned out to cost more.
        spent_until: What the item said when it was last written or found.
        refused_until: When there may be tokens again, in seconds since 1970.
    """

    key: Key
    rate: int
    burst: int
    held: int = 1
    spent_until: int = 0
    refused_until: float = 0

    def take(self) -> None:
        """Take a token.

        Raises:
            ThrottledError: There is none; it tells when there may be one.
        """
        while self.held <= 0 and time.time() >= self.refused_until:
            self._lease()
        if self.held <= 0:
            raise ThrottledError(max(1, math.ceil(self.refused_until - time.time())))
        self.held -= 1

    def used(self) -> int:
        """Return how many tokens of the burst are gone, as the table says."""
        found = dynamodb.get(self.key) or {}
        waiting = max(0, found.get("spentUntil", 0) - _now())
        return min(self.burst, _ceil_div(waiting, self._interval))

    def headers(self) -> dict[str, str]:
        """Return what an answer tells of the bucket, as far as this process knows."""
        waiting = max(0, self.spent_until - _now())
        remaining = min(self.burst, self.burst - _ceil_div(waiting, self._interval) + self.held)
        return {
            "RateLimit-Limit": str(self.burst),
            "RateLimit-Remaining": str(max(0, remaining)),
            "RateLimit-Reset": str(_ceil_div(waiting, _SECOND)),
        }

    @property
    def _interval(self) -> int:
        """Microseconds in which one token comes in."""
        return max(1, _SECOND // self.rate)

    def _lease(self) -> None:
        """Lease a share, or what is left of one; where nothing is, note when there will be."""
        share = max(1, self.burst // SHARES)
        for _ in range(TRIES):
            now = _now()
            room = (now + self.burst * self._interval - self.spent_until) // self._interval
            wanted = min(share, room)
            if wanted < 1:
                ready = self.spent_until - (self.burst - 1) * self._interval
                self.refused_until = ready / _SECOND
                return
            if self._write(now, wanted):
                self.held += wanted
                return
        raise ThrottledError

    def _write(self, now: int, wanted: int) -> bool:
        """Lease so many tokens if there are; else learn what the item says."""
        cost = wanted * self._interval
        try:
            if self.spent_until <= now:
                dynamodb.write(dynamodb.put_up_to(self._item(now + cost), "spentUntil", now))
                self.spent_until = now + cost
            else:
                latest = now + self.burst * self._interval - cost
                dynamodb.write(dynamodb.add(self.key, "spentUntil", cost, above=now, up_to=latest))
                self.spent_until += cost
        except ConditionFailedError as error:
            self.spent_until = (error.found[0] or {}).get("spentUntil", 0)
            return False
        return True

    def _item(self, spent_until: int) -> Item:
        return dynamodb.key_attributes(self.key) | {
            "type": "bucket",
            "spentUntil": spent_until,
            # Idle ones vanish; a busy one, written on, is made again when it does.
            "expiresAt": in_days(1),
        }


_buckets: dict[tuple[Key, int, int], Bucket] = {}


def admit(principal: Principal) -> dict[str, str]:
    """Let a request through, or refuse it.

    Args:
        principal: Who asks.

    Returns:
        The headers that tell of the narrower of the two buckets; none where nothing is limited.

    Raises:
        ThrottledError: The account or the key has made too many requests.
    """
    taken: list[Bucket] = []
    for bucket in _buckets_of(principal).values():
        try:
            bucket.take()
        except ThrottledError as error:
            for other in taken:
                other.held += 1
            error.headers = bucket.headers()
            raise
        taken.append(bucket)
    told = [bucket.headers() for bucket in taken]
    return min(told, key=lambda headers: int(headers["RateLimit-Remaining"]), default={})


def charge(principal: Principal, read_units: float) -> None:
    """Take further tokens for a request that has read much: one for each ``UNITS_A_TOKEN``."""
    for bucket in _buckets_of(principal).values():
        bucket.held -= int(read_units // UNITS_A_TOKEN)


def told(principal: Principal) -> Item:
    """Return what a client is told of the rates that hold for it; it reads the table."""
    return {
        of: {"allowed": bucket.rate, "burst": bucket.burst, "used": bucket.used()}
        for of, bucket in _buckets_of(principal).items()
    }


def _buckets_of(principal: Principal) -> dict[str, Bucket]:
    limits = allowed(principal.limits)
    wanted = {
        "account": keys.bucket(principal.account_id),
        "key": keys.bucket(principal.account_id, principal.key_id),
    }
    return {
        of: _bucket(key, limits[f"{of}RequestsPerSecond"], max(1, limits.get(f"{of}Burst", 1)))
        for of, key in wanted.items()
        if limits.get(f"{of}RequestsPerSecond")
    }


def _bucket(key: Key, rate: int, burst: int) -> Bucket:
    if len(_buckets) >= _BUCKETS:
        _buckets.clear()
    return _buckets.setdefault((key, rate, burst), Bucket(key, rate, burst))


def allowed(own: Mapping[str, int]) -> dict[str, int]:
    """Return all limits that an account has: its own, and those of all for the rest.

    Args:
        own: The limits that only this account has.

    Returns:
        By name: ``accountRequestsPerSecond``, ``accountBurst``, ``keyRequestsPerSecond``,
        ``keyBurst``, and the most that there may be of ``applications``, ``entities`` and
        ``associations``. What is missing, or 0, is not limited.
    """
    return {**config.limits(), **own}


def _now() -> int:
    return time.time_ns() // 1000


def _ceil_div(dividend: int, divisor: int) -> int:
    return -(-dividend // divisor)
