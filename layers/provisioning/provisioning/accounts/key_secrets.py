"""The secrets of API keys, as they are stored.

Only the SHA-256 of a secret is stored, so a reader of the table cannot use it. Each secret has an
item of its own under that digest, which is all that authentication reads.
"""

import hashlib
from typing import cast

from provisioning.accounts import key_format
from provisioning.accounts.restrictions import Pair
from provisioning.table import items, keys
from provisioning.table.item_types import ApiKeyItem, ApiKeySecret, PlatformPair, StoredSecret
from provisioning.table.items import Item

_INTERNAL = ("Generation", "Since")

LISTED_SECONDS = 90 * 24 * 60 * 60
"""How long a key is listed after it has ended."""


def digest(secret: str) -> str:
    """Return the hexadecimal SHA-256 under which a secret is stored."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def new_item(key: ApiKeyItem, secret: str, limits: dict[str, int] | None) -> ApiKeySecret:
    """Return the item of a new secret."""
    return items.new(
        keys.secret(digest(secret)),
        {
            "type": "apiKeySecret",
            "accountId": key["accountId"],
            "keyId": key["keyId"],
            "scopes": key["scopes"],
            "platform": key.get("platform"),
            "limits": limits,
            "expiresAt": key.get("until"),
        },
    )


def stored(secret: str, until: int | None) -> StoredSecret:
    """Return what an API key's item stores of a secret: its digest, and how it starts."""
    found: StoredSecret = {"digest": digest(secret), "until": until}
    if secret.startswith(key_format.PREFIX):
        found["start"] = secret[: key_format.SHOWN]
    return found


def removed_at(until: int | None) -> int | None:
    """Return when a key that ends at ``until`` leaves the list, in seconds since 1970."""
    return None if until is None else until + LISTED_SECONDS


def pairs_of(platform: list[PlatformPair] | None) -> tuple[Pair, ...]:
    """Return the pairs of a binding, from their stored form."""
    return tuple(
        Pair(
            pair.get("applicationId"),
            pair.get("entityId"),
            pair.get("linksAny", False),
            pair.get("applicationGeneration"),
            pair.get("entityGeneration"),
            pair.get("applicationSince", ""),
            pair.get("entitySince", ""),
        )
        for pair in platform or ()
    )


def stored_pair(pair: Pair) -> PlatformPair:
    """Return a pair of a binding as it is stored."""
    members = {
        "applicationId": pair.application_id,
        "entityId": pair.entity_id,
        "linksAny": pair.links_any or None,
        "applicationGeneration": pair.application_generation,
        "entityGeneration": pair.entity_generation,
        "applicationSince": pair.application_since or None,
        "entitySince": pair.entity_since or None,
    }
    return cast(
        "PlatformPair", {name: value for name, value in members.items() if value is not None}
    )


def shown_pair(pair: PlatformPair) -> Item:
    """Return a pair of a binding as clients see it."""
    return {name: value for name, value in pair.items() if not name.endswith(_INTERNAL)}
