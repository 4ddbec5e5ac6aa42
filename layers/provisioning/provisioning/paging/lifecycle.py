"""Starting, repairing and removing page indexes."""

import zlib
from collections.abc import Collection
from itertools import islice

from provisioning.core import ids
from provisioning.core.clock import now
from provisioning.core.log import logger
from provisioning.paging import flaws, index_writes, page_index, sizes
from provisioning.paging.page_index import BUILDING, CLEARING, READY, OutdatedError
from provisioning.paging.spans import new_span
from provisioning.table import dynamodb, operation_keys, page_index_keys, reads, writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.page_index_types import PageIndexRoot
from provisioning.table.primary_keys import Key, KeyRange

LOOK_ONE_IN = 32
"""One of so many changes in a partition without page index checks whether it needs one."""
LOOKS = 4
"""Looks at a page index that seems broken, before it is repaired: it may just be written."""


def start_if_due(partition: str, sort_keys: Collection[str]) -> None:
    """Start a page index if a partition has grown enough; only some changes look."""
    is_due = len(sort_keys) >= LOOK_ONE_IN or any(
        zlib.crc32(key.encode()) % LOOK_ONE_IN == 0 for key in sort_keys
    )
    if is_due:
        start_if_large(partition)


def start_if_large(partition: str) -> None:
    """Start a page index if a partition is large enough."""
    most = sizes.current.small
    if reads.count(KeyRange(partition), limit=most + 1) > most:
        start(partition)


def start(partition: str) -> None:
    """Start a page index, unless there is one; the stream record of its root starts the building.

    A broken one is removed first.
    """
    key = page_index_keys.root(partition)
    root = PageIndexRoot(
        PK=key.partition,
        SK=key.sort,
        type="pageIndex",
        of=partition,
        state=BUILDING,
        incarnation=ids.new_id(),
        sliceNumber=0,
        awake=True,
        working=True,
        open=operation_keys.open_partition(ids.new_id()),
        updatedAt=now(),
    )
    group, block = new_span("", None, 0), new_span("", None, None)
    try:
        writes.transact(
            [
                writes.create(root),
                index_writes.create(page_index_keys.group(partition, ""), group),
                index_writes.create(page_index_keys.block(partition, ""), block),
            ]
        )
    except ConditionFailedError:
        repair(partition)


def remove_if_small(partition: str) -> None:
    """Remove the page index of a partition that has become small; lists then read the items.

    The counts may be behind, which does no harm: without a page index every list is right too.
    """
    index = page_index.read(partition)
    if index is None or not index.is_ready or index.total >= sizes.current.removal:
        return
    try:
        deletes = [
            writes.delete(page_index_keys.block(partition, block.start), version=block.version)
            for group in index.groups
            for block in page_index.blocks(partition, group)
        ]
        deletes += [
            writes.delete(page_index_keys.group(partition, group.start), version=group.version)
            for group in index.groups
        ]
        if len(deletes) < writes.TRANSACTION_ITEMS:
            root = writes.delete(page_index_keys.root(partition), state=READY)
            index_writes.execute([*deletes, root])
    except OutdatedError:
        return  # The worker that wrote it looks in its turn.


def repair(partition: str) -> bool:
    """Remove a page index if it is broken, and start it again if the partition is large.

    Returns:
        Whether it was broken.

    Raises:
        ThrottledError, UnavailableError: The table could not be read or written. What is left is
            not used as a page index, and repaired the next time.
    """
    for pause in dynamodb.pauses(LOOKS):
        if flaws.find(partition) is None:
            return False
        pause()
    logger.error("Rebuilding a broken page index", extra={"partition": partition})
    if _clear(partition):
        start_if_large(partition)
    return True


def _clear(partition: str) -> bool:
    """Delete all items of a page index; return whether no other worker has taken that over.

    The root is deleted last, so that no page index is started among the remains. No other worker
    can write the remains, because each write has a condition on an item that is gone.
    """
    key, incarnation = page_index_keys.root(partition), ids.new_id()
    root = PageIndexRoot(
        PK=key.partition,
        SK=key.sort,
        type="pageIndex",
        of=partition,
        state=CLEARING,
        incarnation=incarnation,
    )
    writes.execute(writes.put(root))
    try:
        while remains := _remains(partition):
            deletes = map(writes.delete_if_exists, remains)
            index_writes.execute([writes.check(key, incarnation=incarnation), *deletes])
        index_writes.execute([writes.delete(key, incarnation=incarnation)])
    except OutdatedError:
        return False
    return True


def _remains(partition: str) -> list[Key]:
    """Return the keys of some items of a page index, without its root."""
    root = page_index_keys.root(partition)
    found = (
        Key(root.partition, sort_key)
        for sort_key in reads.query_sort_keys(page_index_keys.everything(partition))
    )
    return list(islice((key for key in found if key != root), writes.TRANSACTION_ITEMS - 1))
