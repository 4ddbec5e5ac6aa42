"""Authentication: finds who a secret belongs to, and caches it for a few seconds."""

import hmac
import time
from contextlib import suppress
from dataclasses import dataclass

from provisioning.accounts import key_format, key_secrets
from provisioning.accounts.principals import Principal
from provisioning.accounts.restrictions import Binding
from provisioning.core.clock import hour
from provisioning.core.errors import ProvisioningError, UnauthorizedError
from provisioning.table import items, keys, reads, writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.item_types import ApiKeySecret

CACHE_SECONDS = 5.0
"""How long a process caches a key: a revoked key is refused after that."""
_CACHE_ENTRIES = 1000


@dataclass(frozen=True)
class _Cached:
    """A key that was looked up, and when.

    Uses wall-clock time. The monotonic clock stops while Lambda freezes the process, and a revoked
    key would stay valid for all that time.
    """

    principal: Principal
    at: float

    def is_fresh(self) -> bool:
        return 0 <= time.time() - self.at < CACHE_SECONDS


_cache: dict[str, _Cached] = {}


def authenticate(secret: str) -> Principal:
    """Return who a secret belongs to, from the cache of this process or the table.

    Raises:
        UnauthorizedError: No API key has the secret, or it has ended.
    """
    if key_format.is_broken(secret):
        raise UnauthorizedError
    hashed = key_secrets.digest(secret)
    cached = _cache.get(hashed)
    if cached is None or not cached.is_fresh():
        _cache.pop(hashed, None)
        if len(_cache) >= _CACHE_ENTRIES:
            _cache.clear()
        cached = _cache[hashed] = _Cached(_look_up(hashed), time.time())
    _require_unexpired(cached.principal)
    return cached.principal


def _look_up(hashed: str) -> Principal:
    key = keys.secret(hashed)
    item = reads.get(key)
    if item is None or not hmac.compare_digest(item["PK"], key.partition):
        raise UnauthorizedError
    principal = Principal(
        item["accountId"],
        item["keyId"],
        frozenset(item["scopes"]),
        Binding(key_secrets.pairs_of(item.get("platform"))),
        item.get("expiresAt"),
        item.get("limits") or {},
    )
    _require_unexpired(principal)
    _record_use(item)
    return principal


def _require_unexpired(principal: Principal) -> None:
    """Refuse an expired key: DynamoDB removes its item only some time later."""
    if principal.until is not None and principal.until <= time.time():
        raise UnauthorizedError


def _record_use(item: ApiKeySecret) -> None:
    """Record that a secret is in use, at most once an hour.

    Failing to record it does not fail the request: the next look-up tries again.
    """
    recorded, this_hour = item.get("usedAt"), hour()
    if recorded is not None and recorded >= this_hour:
        return
    used = writes.update(items.key_of(item), {"usedAt": this_hour}, usedAt=recorded)
    # If the condition fails, another process has just recorded it.
    with suppress(ConditionFailedError, ProvisioningError):
        writes.execute(used)
