"""The follower: updates page indexes from the table's stream.

The other consumer of the stream is the worker of operations. What is written here lags behind the
items by the stream's delay; lists of few items do not use it (see ``paging.pages``).
"""

from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING

from provisioning.core import clock, identities
from provisioning.paging import building, lag, recount
from provisioning.resources import association_items, pool_marks
from provisioning.table import items, primary_keys
from provisioning.table.items import Item
from provisioning.table.primary_keys import Key
from provisioning.table.stream_records import StreamRecord

if TYPE_CHECKING:
    from provisioning.core.identities import Identity

COUNTED = {"apiKey", "application", "association", "entity", "operation", "operationLink"}
"""Types of the items whose records tell of what page indexes count.

The links of an association come and go in its transaction, so its record tells of them too.
"""

SMALL_BATCH = 250
"""Records of a batch up to which no more were waiting: Lambda would have delivered them too."""
_noted: set[str] = set()
"""Partitions on whose page indexes this process has noted that they are behind."""


def follow(records: Sequence[StreamRecord]) -> None:
    """Update everything that follows the items after a batch of changes.

    Args:
        records: The records, in any order and any number of times.

    Raises:
        ThrottledError, UnavailableError: The table could not be read or written; it is harmless to
            follow the same records again.
    """
    roots = [record.item for record in records if record.item["type"] == "pageIndex"]
    changed = [record.item for record in records if _is_counted(record)]
    _mark_pools(changed)
    _count([key for item in changed for key in _keys_of(item)], records)
    for root in roots:
        building.build(root)


def _is_counted(record: StreamRecord) -> bool:
    """Return whether an item that page indexes count came or went."""
    was_updated = record.old is not None and record.new is not None
    return not was_updated and record.item["type"] in COUNTED


def _keys_of(item: Item) -> list[Key]:
    """Return the keys of the items that came or went with one."""
    if item["type"] != "association":
        return [items.key_of(item)]
    account_id = primary_keys.account_of(item["PK"])
    return [*association_items.keys_of(account_id, identities.of(item))]


def _mark_pools(changed: Iterable[Item]) -> None:
    by_account: dict[str, list[Identity]] = {}
    for item in changed:
        if item["type"] == "association":
            account_id = primary_keys.account_of(item["PK"])
            by_account.setdefault(account_id, []).append(identities.of(item))
    for account_id, its_changes in by_account.items():
        pool_marks.mark_changed(account_id, its_changes)


def _count(touched: Collection[Key], records: Sequence[StreamRecord]) -> None:
    """Update page indexes, and note on them that they are behind as long as they are."""
    partitions = {key.partition for key in touched}
    behind_since = _behind_since(records)
    if behind_since is not None:
        lag.note(partitions, behind_since)
        _noted.update(partitions)
    recount.touch_all(touched)
    if len(records) < SMALL_BATCH and (caught_up := partitions & _noted):
        lag.clear(caught_up)
        _noted.difference_update(caught_up)


def _behind_since(records: Iterable[StreamRecord]) -> str | None:
    """Return when the oldest change of a batch was made, if it is old.

    Items that were deleted say nothing of when, but what was written with them does: the tombstone,
    the journal or the operation.
    """
    made: Iterable[str] = (
        record.new["changedAt"]
        for record in records
        if record.new and _is_dated(record, record.new)
    )
    oldest = min(made, default=None)
    if oldest is None or clock.seconds_since(oldest) < lag.USUAL_SECONDS:
        return None
    return oldest


def _is_dated(record: StreamRecord, new: Item) -> bool:
    """Return whether an item says when this change of it was made."""
    return "changedAt" in new and new["changedAt"] != (record.old or {}).get("changedAt")
