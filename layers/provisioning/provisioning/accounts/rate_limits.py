"""Rate limits: how many requests an account, and each of its API keys, may make in a second.

Each has a **token bucket** in the table, which fills at a rate and holds a burst. A request takes
one token. A process does not ask the table for each one: it **leases** a twentieth of the burst at
a time and spends it on its own. So a bucket gets at most 20 x rate / burst writes a second (10 with
a burst of twice the rate), however many requests come.

A bucket is one number, ``spentUntil``: the time (microseconds since 1970) at which all tokens
leased so far are filled up again. A lease moves it forward, by one conditional write that needs no
read before and that two processes can make at the same moment (the "generic cell rate algorithm").

**Shares.** Keys that flood an account must not starve its other keys. Each key has a further bucket
for a tenth of the account's rate, which is asked only while the account's bucket is empty: a key
that stays within it overdraws the account's bucket, by a quarter of the burst at most, and those
that flood wait longer for that. So up to ten keys at once are sure of their share.

**Costs.** A request that asks for much takes more tokens (``charge``), once it is known what it
asks for. It is never refused for that: the bucket owes the tokens, and the next requests wait for
them. New secrets of API keys have a bucket of their own for each account.

**Guaranteed**: within t seconds at most ``burst + rate * t`` tokens are leased, and a quarter of
the burst for shares. A process may keep a lease for later, and its first request is free, so each
process can let through at most ``1 + burst / 20`` requests more. No request is refused while the
bucket has tokens, except for those that other processes have leased.
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
ELEMENTS_PER_TOKEN = 100
"""Elements that a request may have for each token: entities, associations, destinations."""
SECRETS_PER_SECOND, SECRETS_BURST = 1, 60
"""New secrets of API keys, made or rotated, for each account."""
OVERDRAFT = 4
"""Part of its burst (a quarter) that a bucket lends to keys which stay within their share."""
KEY_SHARES = 10
"""Keys at once that are sure of their part of the account's rate."""

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
            self._lease(max(self.burst // SHARES, 1 - self.held), self.burst)
        if self.held <= 0:
            raise ThrottledError(max(1, math.ceil(self.refused_until - time.time())))
        self.held -= 1

    def overdraw(self) -> None:
        """Take a token that the bucket has not, up to ``OVERDRAFT``.

        Raises:
            ThrottledError: There is none; the error says when there may be one.
        """
        owed, self.held = self.held, 0
        self._lease(1, self.burst + self.burst // OVERDRAFT)
        is_granted, self.held = self.held > 0, owed
        if not is_granted:
            raise ThrottledError(max(1, math.ceil(self.refused_until - time.time())))

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

    def _lease(self, share: int, usable: int) -> None:
        """Lease a share, or the tokens that are left; if there are none, record when there are."""
        for _ in range(ATTEMPTS):
            now = _now()
            room = (now + usable * self._interval - self.spent_until) // self._interval
            wanted = min(max(1, share), room)
            if wanted < 1:
                ready = self.spent_until - (usable - 1) * self._interval
                self.refused_until = ready / _SECOND
                return
            if self._write(now, wanted, now + usable * self._interval):
                self.held += wanted
                return
        raise ThrottledError(reason="the token bucket changed during each attempt")

    def _write(self, now: int, wanted: int, latest: int) -> bool:
        """Lease tokens if the bucket is then full by ``latest``, or read its item."""
        cost = wanted * self._interval
        try:
            if self.spent_until <= now:
                writes.execute(writes.put_if_at_most(self._item(now + cost), "spentUntil", now))
                self.spent_until = now + cost
            else:
                writes.execute(
                    writes.increment(self.key, "spentUntil", cost, above=now, up_to=latest - cost)
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
    """Take a token for a request from the buckets of the API key and of the account.

    Returns:
        The headers for the bucket with fewer tokens; none without rate limits.

    Raises:
        ThrottledError: The account or the key has made too many requests.
    """
    buckets = _buckets_of(principal)
    own, whole = buckets.get("key"), buckets.get("account")
    if own is not None:
        _take(own)
    if whole is not None:
        try:
            _take_of_account(principal, whole)
        except ThrottledError:
            if own is not None:
                own.held += 1
            raise
    found = [bucket.headers() for bucket in buckets.values()]
    return min(found, key=lambda headers: int(headers["RateLimit-Remaining"]), default={})


def charge(principal: Principal, tokens: int) -> None:
    """Take further tokens for a request that was admitted and asks for much.

    This process owes the tokens: its next leases pay them, before it admits anything else.

    Args:
        principal: Who makes the request.
        tokens: How many, beside the one it was admitted for.
    """
    for bucket in _buckets_of(principal).values():
        bucket.held -= tokens


def tokens_of(elements: int) -> int:
    """Return how many tokens a request takes that asks for the same with so many elements."""
    return 1 + elements // ELEMENTS_PER_TOKEN


def admit_new_secret(principal: Principal) -> None:
    """Take a token for a new secret of an API key, unless the account has no rate limit.

    Raises:
        ThrottledError: Too many were made lately.
    """
    if limits.allowed(principal.limits).get("accountRequestsPerSecond"):
        key = keys.token_bucket(principal.account_id, "NEWSECRETS")
        _take(_bucket(key, SECRETS_PER_SECOND, SECRETS_BURST))


def tokens_for(read_units: float) -> int:
    """Return how many further tokens a request takes that read so much."""
    return int(read_units // UNITS_PER_TOKEN)


def _take_of_account(principal: Principal, whole: TokenBucket) -> None:
    """Take a token of the account, which may be overdrawn if the key stays within its share."""
    try:
        _take(whole)
    except ThrottledError as error:
        try:
            _share_of(principal, whole).take()
            whole.overdraw()
        except ThrottledError:
            raise error from None


def _share_of(principal: Principal, whole: TokenBucket) -> TokenBucket:
    key = keys.token_bucket(principal.account_id, f"{principal.key_id}#SHARE")
    # The bursts of all shares together are what the account's bucket lends.
    burst = whole.burst // (OVERDRAFT * KEY_SHARES)
    return _bucket(key, max(1, whole.rate // KEY_SHARES), max(1, burst))


def _take(bucket: TokenBucket) -> None:
    """Take a token; an error has the bucket's headers."""
    try:
        bucket.take()
    except ThrottledError as error:
        error.headers = bucket.headers()
        raise


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
