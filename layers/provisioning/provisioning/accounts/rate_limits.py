"""Rate limits: how many requests an account, and each of its API keys, may make in a second.

Each has a **token bucket** in the table, which fills at a rate and holds a burst. A request takes
one token. A process does not ask the table for each one: it **leases** a twentieth of the burst at
a time and spends it on its own. So a bucket gets at most 20 x rate / burst writes a second (10 with
a burst of twice the rate), however many requests come.

A bucket is one number, ``spentUntil``: the time (microseconds since 1970) at which all tokens
leased so far are filled up again. A lease moves it forward, by one conditional write that needs no
read before and that two processes can make at the same moment (the "generic cell rate algorithm").

**Guaranteed**: within t seconds at most ``burst + rate * t`` tokens are leased. A process may keep
a lease for later, and its first request is free, so each process can let through at most ``1 +
burst / 20`` requests more. No request is refused while the bucket has tokens, except for those that
other processes have leased.
"""

import math
import time
from dataclasses import dataclass

from provisioning.accounts import limits
from provisioning.accounts.principals import Principal
from provisioning.core.clock import in_days
from provisioning.core.errors import ThrottledError
from provisioning.table import items, keys, reads, writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.item_types import TokenBucketItem
from provisioning.table.items import Item
from provisioning.table.primary_keys import Key

SHARES = 20
"""Parts of a burst; a process leases one at a time."""
ATTEMPTS = 4
"""Attempts at a lease while other processes take tokens first."""

UNITS_PER_TOKEN = 25
"""Read units that a request may use for each token."""

_SECOND = 1_000_000
_BUCKETS = 2000


@dataclass
class TokenBucket:
    """A process's view of a token bucket.

    Attributes:
        key: The bucket's item.
        rate: Tokens added each second.
        burst: Tokens that a full bucket holds.
        held: Tokens that this process has leased and not spent; the first is free. Below zero
            after requests that turned out to cost more.
        spent_until: The item's value when it was last written or read.
        refused_until: When there may be tokens again, in seconds since 1970.
    """

    key: Key[TokenBucketItem]
    rate: int
    burst: int
    held: int = 1
    spent_until: int = 0
    refused_until: float = 0

    def take(self) -> None:
        """Take a token.

        Raises:
            ThrottledError: There is none; the error says when there may be one.
        """
        while self.held <= 0 and time.time() >= self.refused_until:
            self._lease()
        if self.held <= 0:
            raise ThrottledError(max(1, math.ceil(self.refused_until - time.time())))
        self.held -= 1

    def used(self) -> int:
        """Return how many tokens of the burst are spent, from the table."""
        item = reads.get(self.key)
        waiting = max(0, (item["spentUntil"] if item else 0) - _now())
        return min(self.burst, _ceil_div(waiting, self._interval))

    def headers(self) -> dict[str, str]:
        """Return the headers of a response, from what this process knows of the bucket."""
        waiting = max(0, self.spent_until - _now())
        remaining = min(self.burst, self.burst - _ceil_div(waiting, self._interval) + self.held)
        return {
            "RateLimit-Limit": str(self.burst),
            "RateLimit-Remaining": str(max(0, remaining)),
            "RateLimit-Reset": str(_ceil_div(waiting, _SECOND)),
        }

    @property
    def _interval(self) -> int:
        """Microseconds until the next token is added."""
        return max(1, _SECOND // self.rate)

    def _lease(self) -> None:
        """Lease a share, or the tokens that are left; if there are none, record when there are."""
        share = max(1, self.burst // SHARES)
        for _ in range(ATTEMPTS):
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
        """Lease this many tokens if the bucket has them; otherwise read its item's value."""
        cost = wanted * self._interval
        try:
            if self.spent_until <= now:
                writes.execute(writes.put_if_at_most(self._item(now + cost), "spentUntil", now))
                self.spent_until = now + cost
            else:
                latest = now + self.burst * self._interval - cost
                writes.execute(
                    writes.increment(self.key, "spentUntil", cost, above=now, up_to=latest)
                )
                self.spent_until += cost
        except ConditionFailedError as error:
            self.spent_until = (error.found[0] or {}).get("spentUntil", 0)
            return False
        return True

    def _item(self, spent_until: int) -> TokenBucketItem:
        return items.new(
            self.key,
            {
                "type": "tokenBucket",
                "spentUntil": spent_until,
                # An idle bucket expires. One in use is created again after it has expired.
                "expiresAt": in_days(1),
            },
        )


_buckets: dict[tuple[Key[TokenBucketItem], int, int], TokenBucket] = {}


def admit(principal: Principal) -> dict[str, str]:
    """Take a token for a request from the buckets of the account and of the API key.

    Args:
        principal: Who makes the request.

    Returns:
        The headers for the bucket with fewer tokens; none without rate limits.

    Raises:
        ThrottledError: The account or the key has made too many requests.
    """
    taken: list[TokenBucket] = []
    for bucket in _buckets_of(principal).values():
        try:
            bucket.take()
        except ThrottledError as error:
            for other in taken:
                other.held += 1
            error.headers = bucket.headers()
            raise
        taken.append(bucket)
    found = [bucket.headers() for bucket in taken]
    return min(found, key=lambda headers: int(headers["RateLimit-Remaining"]), default={})


def charge(principal: Principal, read_units: float) -> None:
    """Take further tokens for a request that read much: one for each ``UNITS_PER_TOKEN``."""
    for bucket in _buckets_of(principal).values():
        bucket.held -= int(read_units // UNITS_PER_TOKEN)


def summary(principal: Principal) -> Item:
    """Return the rate limits of a principal and how much of each is used, from the table."""
    return {
        of: {"allowed": bucket.rate, "burst": bucket.burst, "used": bucket.used()}
        for of, bucket in _buckets_of(principal).items()
    }


def _buckets_of(principal: Principal) -> dict[str, TokenBucket]:
    allowed = limits.allowed(principal.limits)
    wanted = {
        "account": keys.token_bucket(principal.account_id),
        "key": keys.token_bucket(principal.account_id, principal.key_id),
    }
    return {
        of: _bucket(key, allowed[f"{of}RequestsPerSecond"], max(1, allowed.get(f"{of}Burst", 1)))
        for of, key in wanted.items()
        if allowed.get(f"{of}RequestsPerSecond")
    }


def _bucket(key: Key[TokenBucketItem], rate: int, burst: int) -> TokenBucket:
    if len(_buckets) >= _BUCKETS:
        _buckets.clear()
    return _buckets.setdefault((key, rate, burst), TokenBucket(key, rate, burst))


def _now() -> int:
    return time.time_ns() // 1000


def _ceil_div(dividend: int, divisor: int) -> int:
    return -(-dividend // divisor)
