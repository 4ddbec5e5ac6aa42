"""API keys after they were made: listed, renamed, rotated, expired, revoked.

A key has one secret, and two while it is being rotated. Every change writes the key's item and
those of its secrets in one transaction, on condition of the key's ``version``: a secret is never
good for longer than its key says. What is changed here is in force everywhere as soon as no
process remembers the secret any more (``authentication.CACHE_SECONDS``).

Nobody can give what they do not have: whoever makes or rotates a key learns its secret, so they
must have all its scopes, and it must not outlive their own key.
"""

import time
from collections.abc import Callable, Iterable, Mapping

from provisioning.accounts import authentication, key_format
from provisioning.accounts.authentication import NewKey, Principal
from provisioning.core.clock import moment, now
from provisioning.core.errors import ConflictError, ForbiddenError, NotFoundError, ThrottledError
from provisioning.core.origins import Origin
from provisioning.paging import pages
from provisioning.table import dynamodb, keys
from provisioning.table.dynamodb import ConditionFailedError, Item, Write

MAXIMUM_KEYS = 500
"""Keys that an account may have, those included that ended while they are still listed."""
TRIES = 5
"""Tries of a change whose key keeps changing under it."""

ACTIVE, EXPIRED, REVOKED = "ACTIVE", "EXPIRED", "REVOKED"

Planned = Callable[[Item], list[Write]]
"""Returns the writes that change a key, from its item as it stands."""


def create(principal: Principal, wanted: NewKey, origin: Origin) -> tuple[Item, str]:
    """Create a key for the holder of another one.

    Returns:
        The key's item, and its secret, which cannot be read again.

    Raises:
        ForbiddenError: The new key would be able to do more than the one it is made with.
        ConflictError: The account has as many keys as it may have.
    """
    _require_grantable(principal, wanted.scopes, wanted.until)
    if dynamodb.count(keys.api_keys(principal.account_id)) >= MAXIMUM_KEYS:
        message = f"The account has {MAXIMUM_KEYS} keys already"
        raise ConflictError(message)
    return authentication.issue(principal.account_id, wanted, origin)


def get(account_id: str, key_id: str) -> Item:
    """Return a key's item.

    Raises:
        NotFoundError: There is no such key, or it ended longer ago than it is remembered.
    """
    key = dynamodb.get(keys.api_key(account_id, key_id))
    if key is None:
        raise NotFoundError
    return key


def list_page(account_id: str, number: int, size: int) -> pages.Page:
    """Return one page of an account's keys, newest first."""
    return pages.read([keys.api_keys(account_id)], number, size)


def shown(listed: Iterable[Item]) -> list[Item]:
    """Return what a client sees of keys: anything but their secrets.

    When a key was last used is told to the hour, for which its secrets are read too.
    """
    found = list(listed)
    used = _last_uses(found)
    return [_shown(key, used.get(key["keyId"])) for key in found]


def _shown(key: Item, used: str | None) -> Item:
    until = key.get("until")
    content: Item = {
        "keyId": key["keyId"],
        "name": key.get("name"),
        "start": next((one["start"] for one in key["secrets"] if "start" in one), None),
        "scopes": key["scopes"],
        "platform": key.get("platform"),
        "state": state(key),
        "createdAt": key["createdAt"],
        "createdBy": key["createdBy"],
        "expiresAt": None if until is None else moment(until),
        "rotatedAt": key.get("rotatedAt"),
        "revokedAt": key.get("revokedAt"),
        "lastUsedAt": used,
    }
    return {member: value for member, value in content.items() if value is not None}


def state(key: Item) -> str:
    """Return whether a key can be used."""
    if "revokedAt" in key:
        return REVOKED
    return EXPIRED if _has_ended(key) else ACTIVE


def _has_ended(one: Item) -> bool:
    """Tell whether the time of a key, or of one of its secrets, is over."""
    until = one.get("until")
    return until is not None and until <= time.time()


def _last_uses(listed: list[Item]) -> dict[str, str]:
    """Return the hour in which each key was last used, of those that ever were."""
    found = dynamodb.get_many(
        keys.secret(one["digest"]) for key in listed for one in key["secrets"]
    )
    uses = [(key["keyId"], key["usedAt"]) for key in [*listed, *found.values()] if "usedAt" in key]
    return dict(sorted(uses))


# --- changes -----------------------------------------------------------------------------------


def change(
    principal: Principal, key_id: str, name: str | None, until: int | None, origin: Origin
) -> None:
    """Set a key's name and when it expires.

    Raises:
        NotFoundError: There is no such key.
        ForbiddenError: It would outlive the key that asks for it.
        ConflictError: It has ended.
    """

    def planned(key: Item) -> list[Write]:
        _require_active(key)
        if until != key.get("until"):
            _require_grantable(principal, key["scopes"], until)
        secrets = [
            one | {"until": _earlier(until, _own_end(one, key))}
            for one in key["secrets"]
            if not _has_ended(one)
        ]
        values = {"name": name, "until": until, "expiresAt": authentication.forgotten_at(until)}
        return [
            _change(key, values | {"secrets": secrets}, origin),
            *(_expire(one) for one in secrets),
        ]

    _write(principal.account_id, key_id, planned)


def rotate(principal: Principal, key_id: str, overlap: int, origin: Origin) -> tuple[Item, str]:
    """Give a key a new secret; the present one is good for a while yet.

    A key has two secrets at most: one that is still good from an earlier rotation ends now.

    Args:
        principal: Who asks for it.
        key_id: The key.
        overlap: Seconds until the present secret expires.
        origin: Where the change comes from.

    Returns:
        The key's item as it then is, and the new secret, which cannot be read again.

    Raises:
        NotFoundError: There is no such key.
        ForbiddenError: It can do more, or for longer, than the key that asks for it.
        ConflictError: It has ended.
    """
    secret = key_format.new()

    def planned(key: Item) -> list[Write]:
        _require_active(key)
        _require_grantable(principal, key["scopes"], key.get("until"))
        present, *older = key["secrets"]
        ends = present | {"until": _earlier(int(time.time()) + overlap, present.get("until"))}
        kept = [ends] if overlap else []
        ended = older if overlap else [present, *older]
        account = authentication.get(principal.account_id)
        return [
            _change(
                key,
                {
                    "secrets": [authentication.shown_secret(secret, key.get("until")), *kept],
                    "rotatedAt": now(),
                    "usedAt": _last_uses([key]).get(key_id),
                },
                origin,
            ),
            dynamodb.require(keys.account(principal.account_id), limits=account.get("limits")),
            dynamodb.create(authentication.secret_item(key, secret, account.get("limits"))),
            *(_expire(one) for one in kept),
            *(_discard(one) for one in ended),
        ]

    _write(principal.account_id, key_id, planned)
    return get(principal.account_id, key_id), secret


def revoke(account_id: str, key_id: str, origin: Origin) -> None:
    """End a key for good; one that was revoked before stays as it is.

    Raises:
        NotFoundError: There is no such key.
    """

    def planned(key: Item) -> list[Write]:
        if "revokedAt" in key:
            return []
        values = {
            "revokedAt": now(),
            "expiresAt": authentication.forgotten_at(int(time.time())),
            "usedAt": _last_uses([key]).get(key_id),
        }
        return [_change(key, values, origin), *(_discard(one) for one in key["secrets"])]

    _write(account_id, key_id, planned)


def limit(account_id: str, limits: Mapping[str, int], origin: Origin) -> None:
    """Set what an account may use, where that is not what all may.

    The account's item is written first; from then on no secret is made with what was before.

    Args:
        account_id: The account.
        limits: All its own limits, by their names in module ``limits``.
        origin: Who asks for it.

    Raises:
        NotFoundError: There is no such account.
    """
    values = {"limits": dict(limits) or None, **origin.marks()}
    try:
        dynamodb.write(dynamodb.change(keys.account(account_id), values))
    except ConditionFailedError:
        raise NotFoundError from None
    for key in dynamodb.query_all(keys.api_keys(account_id)):
        for one in key["secrets"]:
            _write_if_there(one, {"limits": values["limits"]})


def _write_if_there(one: Item, values: Mapping[str, object]) -> None:
    try:
        dynamodb.write(dynamodb.change(keys.secret(one["digest"]), values))
    except ConditionFailedError:
        return  # It was revoked or has expired.


def everything(account_id: str) -> Principal:
    """Return who may do everything with an account's keys: a person at the command."""
    return Principal(account_id, "command", frozenset(authentication.SCOPES))


# --- how changes are written -------------------------------------------------------------------


def _write(account_id: str, key_id: str, planned: Planned) -> None:
    """Carry out a change of a key as it stands, again if it changes meanwhile."""
    for _ in range(TRIES):
        writes = planned(get(account_id, key_id))
        try:
            return dynamodb.transact(writes) if writes else None
        except ConditionFailedError:
            continue
    raise ThrottledError


def _change(key: Item, values: Mapping[str, object], origin: Origin) -> Write:
    written = {**values, "version": keys.new_id(), **origin.marks()}
    return dynamodb.change(dynamodb.key_of(key), written, version=key["version"])


def _expire(one: Item) -> Write:
    return dynamodb.change(keys.secret(one["digest"]), {"expiresAt": one.get("until")})


def _discard(one: Item) -> Write:
    return dynamodb.discard(keys.secret(one["digest"]))


def _own_end(one: Item, key: Item) -> int | None:
    """Return when a secret ends before its key does, by a rotation."""
    return None if one.get("until") == key.get("until") else one.get("until")


def _earlier(*moments: int | None) -> int | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _require_active(key: Item) -> None:
    if state(key) != ACTIVE:
        message = f"Key {key['keyId']} has ended"
        raise ConflictError(message)


def _require_grantable(principal: Principal, scopes: Iterable[str], until: int | None) -> None:
    may_all = all(principal.may(scope) for scope in scopes)
    outlives = principal.until is not None and (until is None or until > principal.until)
    if not may_all or outlives:
        raise ForbiddenError
