"""Rewriting stored items in the present format (module ``formats``)."""

from provisioning.table import formats, items, writes
from provisioning.table.items import Item
from provisioning.table.writes import Write


def rewrite(stored: Item) -> Write:
    """Return the write that brings an item to the present format.

    It fails if the item is no longer as it was read. Attributes that the upgrade does not change
    are not written, so it loses none that another writer has added since.

    Args:
        stored: The item as it is stored, not upgraded.
    """
    upgraded = formats.stamped(formats.upgraded(stored))
    names = upgraded.keys() | stored.keys()
    changes = {
        name: upgraded.get(name) for name in sorted(names) if upgraded.get(name) != stored.get(name)
    }
    return writes.update(
        items.key_of(stored), changes, **{name: stored.get(name) for name in names}
    )
