"""Changes of API keys: created by another key, modified, rotated, revoked.

A key has one secret, and two while it is rotated. Every change writes the key's item and those of
its secrets in one transaction, on condition of the key's ``version``, so a secret is never valid
for longer than its key. A change takes effect everywhere once no process caches the secret any
more (``authentication.CACHE_SECONDS``).

Nobody can grant more than they have: whoever creates or rotates a key learns its secret, so they
must have all its scopes, and it must not outlive their own key. Modifying and revoking a key need
the same, so a key cannot take away what it could not have given. The transaction also checks that
the key that requests a change was not revoked meanwhile: other processes may cache it.

An account keeps at least one key that can manage keys, as far as keys are concerned; an operator
can end every key.
"""

import math
import time
from collections.abc import Callable, Iterable, Mapping

from provisioning.accounts import accounts, api_keys, key_creation, key_format, key_secrets
from provisioning.accounts.key_creation import NewKey
from provisioning.accounts.principals import KEYS, Principal
from provisioning.core import ids
from provisioning.core.clock import now
from provisioning.core.errors import ConflictError, ForbiddenError
from provisioning.core.origins import COMMAND, Origin
from provisioning.table import items, keys, reads, writes
from provisioning.table.item_types import ApiKeyItem, StoredSecret
from provisioning.table.retries import retry_on_conflict
from provisioning.table.writes import Write

MAXIMUM_KEYS = 500
"""Keys that an account may have at once; those that have ended do not count."""
MAXIMUM_LISTED = 1000
"""Keys that are listed, with those that have ended: beyond that, the oldest of these go."""

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
    listed = list(reads.query_all(keys.api_keys(principal.account_id)))
    if sum(map(api_keys.is_active, listed)) >= MAXIMUM_KEYS:
        message = f"The account has {MAXIMUM_KEYS} keys already"
        raise ConflictError(message)
    alongside = [*_acting(principal), *_make_room(listed)]
    return key_creation.create(principal.account_id, new, origin, alongside=alongside)


def _make_room(listed: list[ApiKeyItem]) -> list[Write]:
    """Return the write that removes the oldest key that has ended, if too many are listed.

    The audit keeps its history. Two requests may remove the same key, which does no harm.
    """
    if len(listed) < MAXIMUM_LISTED:
        return []
    ended = (key for key in listed if not api_keys.is_active(key))
    oldest = min(ended, key=lambda key: key["createdAt"])
    return [writes.delete_if_exists(items.key_of(oldest))]


def _acting(principal: Principal, changed: str | None = None) -> list[Write]:
    """Return the check that the key that requests a change was not revoked meanwhile.

    Args:
        principal: Who requests the change.
        changed: The id of the key that is changed: its own condition covers a key that changes
            itself. An operator's command has no key.
    """
    if principal.key_id in {COMMAND.actor, changed}:
        return []
    return [writes.check(keys.api_key(principal.account_id, principal.key_id), revokedAt=None)]


def modify(
    principal: Principal, key_id: str, name: str | None, until: int | None, origin: Origin
) -> None:
    """Set a key's name and when it expires; None clears either.

    Raises:
        NotFoundError: There is no such key.
        ForbiddenError: It can do more, or is or would be valid for longer, than the key that
            requests it.
        ConflictError: It has ended, or it would end earlier and is the last that can manage keys.
    """

    def plan(key: ApiKeyItem) -> list[Write]:
        _require_active(key)
        _require_grantable(principal, key["scopes"], key.get("until"))
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
            *_acting(principal, key_id),
            *(_another_manager(principal, key) if _is_earlier(until, key.get("until")) else ()),
        ]

    _change(principal, key_id, plan)


def rotate(
    principal: Principal, key_id: str, overlap: int, origin: Origin
) -> tuple[ApiKeyItem, str]:
    """Give a key a new secret; the present one stays valid for ``overlap`` seconds.

    A key has at most two secrets: one that is left from an earlier rotation ends now.

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
            *_acting(principal, key_id),
        ]

    _change(principal, key_id, plan)
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


def revoke(principal: Principal, key_id: str, origin: Origin) -> None:
    """End a key for good; one that was revoked before stays as it is.

    Raises:
        NotFoundError: There is no such key.
        ForbiddenError: It can do more, or is valid for longer, than the key that requests it.
        ConflictError: It is the last key that can manage keys.
    """

    def plan(key: ApiKeyItem) -> list[Write]:
        if "revokedAt" in key:
            return []
        _require_grantable(principal, key["scopes"], key.get("until"))
        values = {
            "revokedAt": now(),
            "expiresAt": key_secrets.removed_at(int(time.time())),
            "usedAt": api_keys.last_uses([key]).get(key_id),
        }
        return [
            _update(key, values, origin),
            *(_delete(one) for one in key["secrets"]),
            *_acting(principal, key_id),
            *_another_manager(principal, key),
        ]

    _change(principal, key_id, plan)


def _another_manager(principal: Principal, key: ApiKeyItem) -> list[Write]:
    """Return the check that another key can manage keys, if this one can and ends itself.

    A key that ends another one is checked by ``_acting``, and lasts at least as long. If the last
    two such keys end themselves at once, each request checks the other's key, so one fails.
    """
    ends_itself = principal.key_id == key["keyId"]
    if not ends_itself or KEYS not in key["scopes"] or not api_keys.is_active(key):
        return []
    others = [
        other
        for other in reads.query_all(keys.api_keys(key["accountId"]))
        if other["keyId"] != key["keyId"] and KEYS in other["scopes"] and api_keys.is_active(other)
    ]
    if not others:
        message = f"Key {key['keyId']} is the last that can manage keys"
        raise ConflictError(message)
    longest = max(others, key=lambda other: other.get("until") or math.inf)
    return [writes.check(items.key_of(longest), revokedAt=None, until=longest.get("until"))]


def _is_earlier(until: int | None, present: int | None) -> bool:
    return until is not None and (present is None or until < present)


def _change(principal: Principal, key_id: str, plan: Plan) -> None:
    """Carry out a change of a key, again if a key that the change depends on changes meanwhile."""

    def attempt() -> None:
        _require_acting(principal)
        if planned := plan(api_keys.get(principal.account_id, key_id)):
            writes.transact(planned)

    retry_on_conflict(attempt)


def _require_acting(principal: Principal) -> None:
    """Check that the key that requests a change was not revoked, which caches do not know yet."""
    if principal.key_id == COMMAND.actor:
        return
    acting = reads.get(keys.api_key(principal.account_id, principal.key_id))
    if acting is None or not api_keys.is_active(acting):
        raise ForbiddenError


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
