"""The follower: updates page indexes from the table's stream.

The other consumer of the stream is the worker of operations. What is written here lags behind the
items by the stream's delay; lists of few items do not use it (see ``paging.pages``).
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from provisioning.paging import building, recount
from provisioning.table import items
from provisioning.table.stream_records import StreamRecord

if TYPE_CHECKING:
    from provisioning.table.primary_keys import Key

COUNTED = {
    "apiKey",
    "application",
    "association",
    "entity",
    "entityLink",
    "operation",
    "operationLink",
    "resourceLink",
}
"""Types of the items that page indexes count."""


def follow(records: Iterable[StreamRecord]) -> None:
    """Update everything that follows the items after a batch of changes.

    Args:
        records: The records, in any order and any number of times.

    Raises:
        ThrottledError, UnavailableError: The table could not be read or written; it is harmless to
            follow the same records again.
    """
    touched: list[Key] = []
    for record in records:
        item = record.item
        if item["type"] == "pageIndex":
            building.build(item)
            continue
        was_updated = record.old is not None and record.new is not None
        if was_updated or item["type"] not in COUNTED:
            continue
        touched.append(items.key_of(item))
    for partition, sort_keys in recount.by_partition(touched).items():
        recount.touch(partition, sort_keys)
