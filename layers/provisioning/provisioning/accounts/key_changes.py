"""Changes of API keys: created by another key, modified, rotated, revoked.

A key has one secret, and two while it is rotated. Every change writes the key's item and those of
its secrets in one transaction, on condition of the key's ``version``, so a secret is never valid
for longer than its key. A change takes effect everywhere once no process caches the secret any
more (``authentication.CACHE_SECONDS``).

Nobody can grant more than they have: whoever creates or rotates a key learns its secret, so they
must have all its scopes, and it must not outlive their own key.
"""

import time
from collections.abc import Callable, Iterable, Mapping

from provisioning.accounts import accounts, api_keys, key_creation, key_format, key_secrets
from provisioning.accounts.key_creation import NewKey
from provisioning.accounts.principals import Principal
from provisioning.core import ids
from provisioning.core.clock import now
from provisioning.core.errors import ConflictError, ForbiddenError
from provisioning.core.origins import Origin
from provisioning.table import items, keys, reads, writes
from provisioning.table.item_types import ApiKeyItem, StoredSecret
from provisioning.table.retries import retry_on_conflict
from provisioning.table.writes import Write

MAXIMUM_KEYS = 500
"""Keys that an account may have, including those that have ended and are still listed."""

Plan = Callable[[ApiKeyItem], list[Write]]
"""Returns the writes that change a key, from its current item."""


def create(principal: Principal, new: NewKey, origin: Origin) -> tuple[ApiKeyItem, str]:
    """Create an API key at the request of another one.

    Returns:
        The key's item, and its secret, which cannot be read again.

    Raises:
        ForbiddenError: The new key could do more than the one that creates it.
        ConflictError: The account has the maximum number of keys.
    """
    _require_grantable(principal, new.scopes, new.until)
    if reads.count(keys.api_keys(principal.account_id)) >= MAXIMUM_KEYS:
        message = f"The account has {MAXIMUM_KEYS} keys already"
        raise ConflictError(message)
    return key_creation.create(principal.account_id, new, origin)


def modify(
    principal: Principal, key_id: str, name: str | None, until: int | None, origin: Origin
) -> None:
    """Set a key's name and when it expires; None clears either.

    Raises:
        NotFoundError: There is no such key.
        ForbiddenError: It would outlive the key that requests it.
        ConflictError: It has ended.
    """

    def plan(key: ApiKeyItem) -> list[Write]:
        _require_active(key)
        if until != key.get("until"):
            _require_grantable(principal, key["scopes"], until)
        secrets = [
            _ending(secret, _earlier(until, _own_end(secret, key)))
            for secret in key["secrets"]
            if not api_keys.has_ended(secret)
        ]
        values = {"name": name, "until": until, "expiresAt": key_secrets.removed_at(until)}
        return [
            _update(key, values | {"secrets": secrets}, origin),
            *(_expire(secret) for secret in secrets),
        ]

    _change(principal.account_id, key_id, plan)


def rotate(
    principal: Principal, key_id: str, overlap: int, origin: Origin
) -> tuple[ApiKeyItem, str]:
    """Give a key a new secret; the present one stays valid for a while.

    A key has at most two secrets: one that is left from an earlier rotation ends now.

    Args:
        principal: Who requests it.
        key_id: The key.
        overlap: Seconds until the present secret ends.
        origin: Who requests it, for the audit.

    Returns:
        The key's new item, and the new secret, which cannot be read again.

    Raises:
        NotFoundError: There is no such key.
        ForbiddenError: It can do more, or is valid for longer, than the key that requests it.
        ConflictError: It has ended.
    """
    secret = key_format.new()

    def plan(key: ApiKeyItem) -> list[Write]:
        _require_active(key)
        _require_grantable(principal, key["scopes"], key.get("until"))
        present, *older = key["secrets"]
        until = _earlier(int(time.time()) + overlap, present.get("until"))
        kept = [_ending(present, until)] if overlap else []
        return [
            *_with_secret(key, secret, kept, origin),
            *(_expire(one) for one in kept),
            *(_delete(one) for one in (older if overlap else [present, *older])),
        ]

    _change(principal.account_id, key_id, plan)
    return api_keys.get(principal.account_id, key_id), secret


def _with_secret(
    key: ApiKeyItem, secret: str, kept: list[StoredSecret], origin: Origin
) -> list[Write]:
    """Return the writes that make a secret the present one of a key."""
    limits = accounts.get(key["accountId"]).get("limits")
    values = {
        "secrets": [key_secrets.stored(secret, key.get("until")), *kept],
        "rotatedAt": now(),
        "usedAt": api_keys.last_uses([key]).get(key["keyId"]),
    }
    return [
        _update(key, values, origin),
        writes.check(keys.account(key["accountId"]), limits=limits),
        writes.create(key_secrets.new_item(key, secret, limits)),
    ]


def revoke(account_id: str, key_id: str, origin: Origin) -> None:
    """End a key for good; one that was revoked before stays as it is.

    Raises:
        NotFoundError: There is no such key.
    """

    def plan(key: ApiKeyItem) -> list[Write]:
        if "revokedAt" in key:
            return []
        values = {
            "revokedAt": now(),
            "expiresAt": key_secrets.removed_at(int(time.time())),
            "usedAt": api_keys.last_uses([key]).get(key_id),
        }
        return [_update(key, values, origin), *(_delete(one) for one in key["secrets"])]

    _change(account_id, key_id, plan)


def _change(account_id: str, key_id: str, plan: Plan) -> None:
    """Carry out a change of a key, again if the key changes meanwhile."""

    def attempt() -> None:
        if planned := plan(api_keys.get(account_id, key_id)):
            writes.transact(planned)

    retry_on_conflict(attempt)


def _update(key: ApiKeyItem, values: Mapping[str, object], origin: Origin) -> Write:
    written = {**values, "version": ids.new_id(), **origin.marks()}
    return writes.update(items.key_of(key), written, version=key["version"])


def _expire(secret: StoredSecret) -> Write:
    return writes.update(keys.secret(secret["digest"]), {"expiresAt": secret["until"]})


def _delete(secret: StoredSecret) -> Write:
    return writes.delete_if_exists(keys.secret(secret["digest"]))


def _ending(secret: StoredSecret, until: int | None) -> StoredSecret:
    return {**secret, "until": until}


def _own_end(secret: StoredSecret, key: ApiKeyItem) -> int | None:
    """Return when a rotation ends a secret before its key ends."""
    return None if secret.get("until") == key.get("until") else secret.get("until")


def _earlier(*moments: int | None) -> int | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _require_active(key: ApiKeyItem) -> None:
    if api_keys.state(key) != api_keys.ACTIVE:
        message = f"Key {key['keyId']} has ended"
        raise ConflictError(message)


def _require_grantable(principal: Principal, scopes: Iterable[str], until: int | None) -> None:
    may_all = all(principal.may(scope) for scope in scopes)
    outlives = principal.until is not None and (until is None or until > principal.until)
    if not may_all or outlives:
        raise ForbiddenError
