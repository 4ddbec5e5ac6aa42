"""What a migration does with one item."""

from dataclasses import dataclass

from provisioning.operations.shard_state import Changes
from provisioning.table import formats, items
from provisioning.table.items import Item
from provisioning.table.primary_keys import Key


@dataclass(frozen=True)
class Rewriting:
    """The examination of an item, which is rewritten if its format is not the present one.

    Attributes:
        stored: The item as it is stored, not upgraded.
    """

    stored: Item

    @property
    def is_due(self) -> bool:
        """Whether the item has to be rewritten."""
        return formats.is_outdated(self.stored)

    @property
    def progress(self) -> Changes:
        """What the shard stores once the item is examined."""
        return {"cursor": self.stored["SK"]}

    def keys(self, _account_id: str) -> list[Key]:
        """Return the key of the item."""
        return [items.key_of(self.stored)]
