"""What tests compare of associations."""

from collections.abc import Mapping

from provisioning.core import identities
from provisioning.table import keys, primary_keys
from provisioning.table.items import Item
from provisioning.table.primary_keys import Key
from tests.support.associations import IDENTITY


def default_key(item: Item) -> Key:
    """Return the key of what an association becomes by a reset."""
    target = identities.of(item).by_default()
    return keys.association(primary_keys.account_of(item["PK"]), target)


def resource(item: Item) -> tuple[str, ...]:
    """Return the members that identify the resource of an association."""
    return tuple(item[member] for member in ("resourceType", "channel", "resourceId"))


def places(item: Mapping[str, str]) -> tuple[str | None, ...]:
    """Return the members that identify an association."""
    return tuple(item.get(member) for member in IDENTITY)


def key_account(item: Item) -> str:
    """Return the account that an item belongs to."""
    return primary_keys.account_of(item["PK"])


def marks(item: Item) -> Item:
    """Return what an association and its entity link must have in common."""
    members = ("creationId", "applicationGeneration", "entityGeneration")
    return {name: item.get(name) for name in members}
