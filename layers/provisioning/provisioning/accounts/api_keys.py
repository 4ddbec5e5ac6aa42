"""API keys as clients see them: read and listed."""

import time
from collections.abc import Iterable

from provisioning.accounts import key_secrets
from provisioning.core.clock import moment
from provisioning.core.errors import NotFoundError
from provisioning.paging import pages
from provisioning.table import keys, reads
from provisioning.table.item_types import ApiKeyItem, StoredSecret
from provisioning.table.items import Item

ACTIVE, EXPIRED, REVOKED = "ACTIVE", "EXPIRED", "REVOKED"


def get(account_id: str, key_id: str) -> ApiKeyItem:
    """Return an API key's item.

    Raises:
        NotFoundError: There is no such key, or it is no longer listed.
    """
    key = reads.get(keys.api_key(account_id, key_id))
    if key is None:
        raise NotFoundError
    return key


def list_page(account_id: str, number: int, size: int) -> pages.Page[ApiKeyItem]:
    """Return one page of an account's API keys, newest first."""
    return pages.page([keys.api_keys(account_id)], number, size)


def shown(listed: Iterable[ApiKeyItem]) -> list[Item]:
    """Return API keys as clients see them, without their secrets.

    The hour of the last use is stored with the secrets, which are read for it.
    """
    found = list(listed)
    used = last_uses(found)
    return [_shown(key, used.get(key["keyId"])) for key in found]


def _shown(key: ApiKeyItem, used: str | None) -> Item:
    until = key.get("until")
    content: Item = {
        "keyId": key["keyId"],
        "name": key.get("name"),
        "start": next((secret["start"] for secret in key["secrets"] if "start" in secret), None),
        "scopes": key["scopes"],
        "platform": [key_secrets.shown_pair(pair) for pair in key.get("platform") or ()] or None,
        "state": state(key),
        "createdAt": key["createdAt"],
        "createdBy": key["createdBy"],
        "expiresAt": None if until is None else moment(until),
        "rotatedAt": key.get("rotatedAt"),
        "revokedAt": key.get("revokedAt"),
        "lastUsedAt": used,
    }
    return {member: value for member, value in content.items() if value is not None}


def state(key: ApiKeyItem) -> str:
    """Return ACTIVE, EXPIRED or REVOKED."""
    if "revokedAt" in key:
        return REVOKED
    return EXPIRED if has_ended(key) else ACTIVE


def is_active(key: ApiKeyItem) -> bool:
    """Return whether a key is neither revoked nor expired."""
    return state(key) == ACTIVE


def has_ended(one: ApiKeyItem | StoredSecret) -> bool:
    """Return whether an API key, or one of its secrets, has expired."""
    until = one.get("until")
    return until is not None and until <= time.time()


def last_uses(listed: list[ApiKeyItem]) -> dict[str, str]:
    """Return the hour of the last use of each API key that was ever used, by key id."""
    found = reads.batch_get(
        keys.secret(secret["digest"]) for key in listed for secret in key["secrets"]
    )
    uses = [(key["keyId"], key["usedAt"]) for key in listed if "usedAt" in key]
    uses += [(item["keyId"], item["usedAt"]) for item in found.values() if "usedAt" in item]
    return dict(sorted(uses))
