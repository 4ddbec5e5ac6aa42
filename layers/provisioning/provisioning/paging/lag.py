"""How far the counts of a page index are behind its items, as the stream's follower sees it.

While the changes that the follower gets are older than usual, it notes on the root of each page
affected index since when changes were not counted. Readers of a list read the root anyway. A note
that is not repeated lapses, because the changes may have ended.
"""

from collections.abc import Iterable

from provisioning.core.clock import now, seconds_since
from provisioning.table import page_index_keys, writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.items import Attributes
from provisioning.table.page_index_types import PageIndexRoot

USUAL_SECONDS = 2.0
"""The age up to which a change that is not counted yet is no news."""
LAPSES_SECONDS = 10.0
"""How long a note counts: longer than the follower needs for a batch of changes."""


def note(partitions: Iterable[str], since: str) -> None:
    """Note on page indexes that changes since a moment may not be counted."""
    for partition in partitions:
        _update(partition, {"behindSince": since, "behindAt": now()})


def clear(partitions: Iterable[str]) -> None:
    """Remove the notes from page indexes: all changes are counted."""
    for partition in partitions:
        _update(partition, {"behindSince": None, "behindAt": None})


def _update(partition: str, values: Attributes) -> None:
    try:
        writes.execute(writes.update(page_index_keys.root(partition), values, type="pageIndex"))
    except ConditionFailedError:
        return  # There is no page index, so lists are read whole.


def age(root: PageIndexRoot) -> int | None:
    """Return since how many seconds changes may not be counted; None if nothing is known of any."""
    if "behindSince" not in root or seconds_since(root["behindAt"]) > LAPSES_SECONDS:
        return None
    return max(1, round(seconds_since(root["behindSince"])))
