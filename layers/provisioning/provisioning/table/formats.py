"""The format of stored items: a version for each kind of item, and how older items are read.

Each item stores the version of the format in which it was written (``format``). An item without it
was written before formats had versions: its version is 1. The present version of a kind is one
more than its upgrades in ``UPGRADES``. Items are upgraded whenever they are read, so that all other
code knows only the present format; a migration (``operations.migrations``) rewrites the stored
ones, after which an upgrade is no longer needed.

An upgrade follows four rules, because two versions of the code run side by side during a deployment
and an item of an older format can be updated before it is migrated:

* It keeps the key, and every attribute that a condition of a write names (``generation``,
  ``version``, ``revision``, ``creationId``, ``shares``).
* It keeps an attribute of the new format that is there already.
* The same item always gets the same result: no times and no random ids.
* Code of the version before must be able to read its result (docs/deploy.md, "Upgrades").
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from provisioning.table import items
from provisioning.table.items import Attributes, Item

FORMAT: Final = "format"
"""The attribute that stores the version."""

Upgrade = Callable[[Item], Item]
"""Returns an item of one version in the format of the next."""

UPGRADES: Final[dict[str, tuple[Upgrade, ...]]] = {}
"""The upgrades of each kind of item, by its ``type``: the first leads from version 1 to 2. A kind
that is not listed still has version 1."""


def current_version(kind: str | None) -> int:
    """Return the present version of a kind of item; None is the kind of items without ``type``."""
    return 1 + len(_upgrades(kind))


def is_outdated(stored: Item) -> bool:
    """Return whether an item, as it is stored, was written in another format than the present."""
    return bool(stored.get(FORMAT) != current_version(stored.get("type")))


def upgraded(stored: Item) -> Item:
    """Return an item in the present format. One of a later format is returned as it is."""
    item = stored
    for upgrade in _upgrades(stored.get("type"))[stored.get(FORMAT, 1) - 1 :]:
        item = upgrade(item)
    return item


def stamped(item: Mapping[str, Any]) -> Attributes:
    """Return an item of the present format with its version, as it is to be stored."""
    return {**item, FORMAT: current_version(item.get("type"))}


def decode(item: Mapping[str, Any]) -> Item:
    """Return an item that came in DynamoDB's JSON as values, in the present format."""
    return upgraded(items.decode(item))


def _upgrades(kind: str | None) -> tuple[Upgrade, ...]:
    return UPGRADES.get(kind or "", ())
