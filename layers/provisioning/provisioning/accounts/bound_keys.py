"""Counts the API keys that are restricted to an application or entity."""

from provisioning.accounts import api_keys, key_secrets
from provisioning.accounts.meant_parents import means
from provisioning.core.kinds import Kind
from provisioning.table import dynamodb, keys, reads
from provisioning.table.item_types import ApiKeyItem, ParentItem

EXAMINED_UNITS = 20
"""Read units that keys may cost to be counted: some hundreds with short restrictions."""
_READ_AT_ONCE = 100


def count(account_id: str, kind: Kind, parent: ParentItem) -> int | None:
    """Return how many active keys are restricted to an application or entity.

    Returns:
        The number; None if the account has too many keys to count.

    Raises:
        ThrottledError, UnavailableError: The table could not be read.
    """
    found, used_before = 0, dynamodb.usage.read_units
    for listed in reads.query_pages(keys.api_keys(account_id), limit=_READ_AT_ONCE):
        if dynamodb.usage.read_units - used_before > EXAMINED_UNITS:
            return None
        found += sum(_is_restricted_to(key, kind, parent) for key in listed)
    return found


def _is_restricted_to(key: ApiKeyItem, kind: Kind, parent: ParentItem) -> bool:
    return api_keys.is_active(key) and any(
        (named, identifier) == (kind, parent["id"]) and means(parent, generation, key["keyId"])
        for pair in key_secrets.pairs_of(key.get("platform"))
        for named, identifier, generation in pair.parents()
    )
