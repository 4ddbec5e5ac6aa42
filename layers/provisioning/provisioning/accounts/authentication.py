"""Authentication: finds who a secret belongs to, and caches it for a few seconds."""

import hmac
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from provisioning.accounts import key_format, key_secrets
from provisioning.accounts.meant_parents import means
from provisioning.accounts.principals import Principal
from provisioning.accounts.restrictions import NEVER, Binding, Pair
from provisioning.core.clock import hour
from provisioning.core.errors import ProvisioningError, UnauthorizedError
from provisioning.core.kinds import APPLICATION, ENTITY, Kind
from provisioning.table import items, keys, reads, writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.item_types import ApiKeySecret, ParentItem
from provisioning.table.operation_types import ParentTombstone

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
        _binding(item["accountId"], item["keyId"], key_secrets.pairs_of(item.get("platform"))),
        item.get("expiresAt"),
        item.get("limits") or {},
    )
    _require_unexpired(principal)
    _record_use(item)
    return principal


def with_present_binding(principal: Principal) -> Principal:
    """Return an API key with what its restriction means now, not when the key was cached.

    It takes one call for a restricted key, and another if an application or entity does not exist.
    """
    binding = principal.binding
    if binding.is_open or not binding.pairs:
        return principal
    present = _binding(principal.account_id, principal.key_id, binding.pairs)
    return replace(principal, binding=present)


def _binding(account_id: str, key_id: str, pairs: tuple[Pair, ...]) -> Binding:
    """Return what a key is restricted to now.

    Pairs go whose application or entity is no longer the one they mean. It takes one call for keys
    with a binding, and another if an application or entity does not exist; the result is cached
    with the key.
    """
    named = {(kind, identifier) for pair in pairs for kind, identifier, _ in pair.parents()}
    wanted = {keys.parent(account_id, *parent): parent for parent in named}
    found = {wanted[key]: parent for key, parent in reads.batch_get(wanted).items()}
    buried = {keys.parent_tombstone(account_id, *parent): parent for parent in named - found.keys()}
    deleted = {buried[key]: tombstone for key, tombstone in reads.batch_get(buried).items()}
    known = _Known(found, deleted, key_id)
    meant = tuple(known.dated(pair) for pair in pairs if known.is_meant(pair))
    return Binding(meant, is_open=not pairs)


@dataclass(frozen=True)
class _Known:
    """The applications and entities that the pairs of an API key name, by kind and id.

    Attributes:
        found: Those that exist.
        deleted: The tombstones of those that do not, of the last one with the id.
        key_id: The key.
    """

    found: Mapping[tuple[Kind, str], ParentItem]
    deleted: Mapping[tuple[Kind, str], ParentTombstone]
    key_id: str

    def is_meant(self, pair: Pair) -> bool:
        """Return whether the parents of a pair are those it means, or do not exist."""
        return all(
            parent is None or means(parent, generation, self.key_id)
            for kind, identifier, generation in pair.parents()
            for parent in [self.found.get((kind, identifier))]
        )

    def dated(self, pair: Pair) -> Pair:
        """Return a pair that knows the generations of its present application and entity, and since
        when what happened concerns them.
        """
        application = APPLICATION, pair.application_id, pair.application_generation
        entity = ENTITY, pair.entity_id, pair.entity_generation
        return pair._replace(
            application_generation=self._generation(*application),
            entity_generation=self._generation(*entity),
            application_since=self._since(*application, pair.application_since),
            entity_since=self._since(*entity, pair.entity_since),
        )

    def _generation(self, kind: Kind, identifier: str | None, stored: str | None) -> str | None:
        parent = self.found.get((kind, identifier or ""))
        return parent["generation"] if parent else stored

    def _since(
        self, kind: Kind, identifier: str | None, generation: str | None, stored: str
    ) -> str:
        if identifier is None:
            return stored
        parent = self.found.get((kind, identifier))
        if parent is not None:
            created = parent.get("createdAt", "")
            # A cached pair can say NEVER of an id that the key has taken since.
            return created if stored == NEVER else max(stored, created)
        # If another key created the id again and deleted it too, the past is not this key's.
        tombstone = self.deleted.get((kind, identifier))
        is_own = tombstone is not None and means(tombstone, generation, self.key_id)
        return stored if is_own else NEVER


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
