"""Follows the changes of the table: brings page directories up to date.

The other consumer of the table's stream is ``worker``. What is written here lags behind the items
by the stream's delay; lists of few items do not rely on it (see ``pages``).
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from provisioning.paging import recount
from provisioning.table import dynamodb
from provisioning.table.dynamodb import Item

if TYPE_CHECKING:
    from provisioning.table.keys import Key

FOLLOWED = {
    "application",
    "entity",
    "association",
    "entityLink",
    "resourceLink",
    "key",
    "operation",
    "operationLink",
}
"""Types of the items that page directories count."""


class Change(NamedTuple):
    """What a stream record tells of an item: how it was and how it became; None is absent."""

    old: Item | None
    new: Item | None
    event_id: str = ""

    @property
    def item(self) -> Item:
        """Return the item as it became, or as it was before it went."""
        item = self.new if self.new is not None else self.old
        if item is None:
            raise ValueError("a stream record without images")
        return item


def of_record(record: Item) -> Change:
    """Return what a stream record of the Lambda event tells.

    Args:
        record: One of the event's ``Records``, with new and old images.
    """
    images = record["dynamodb"]
    old, new = images.get("OldImage"), images.get("NewImage")
    return Change(
        None if old is None else dynamodb.decode(old),
        None if new is None else dynamodb.decode(new),
        record.get("eventID", ""),
    )


def follow(changes: Iterable[Change]) -> None:
    """Bring everything that follows the items up to date with a batch of changes.

    Args:
        changes: In any order, any of them repeated.

    Raises:
        ThrottledError, UnavailableError: The table could not be worked with; following the same
            changes again is harmless.
    """
    touched: list[Key] = []
    for change in changes:
        item = change.item
        if item["type"] == "directory":
            recount.build(item)
            continue
        stayed = change.old is not None and change.new is not None
        if stayed or item["type"] not in FOLLOWED:
            continue
        touched.append(dynamodb.key_of(item))
    for partition, sort_keys in recount.by_partition(touched).items():
        recount.touch(partition, sort_keys)
