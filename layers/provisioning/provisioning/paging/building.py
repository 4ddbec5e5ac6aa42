"""Building a page index that was started, by one invocation after the other.

The last block is what was not counted yet. Parts are counted and cut off from its front, on
condition that no other worker has written it in the meantime.
"""

import time
from collections.abc import Mapping
from typing import Any

from provisioning.core.clock import now
from provisioning.core.errors import CapacityExceededError
from provisioning.core.log import logger
from provisioning.paging import block_counts, index_writes, page_index, sizes, spans
from provisioning.paging.page_index import READY, OutdatedError, PageIndex
from provisioning.paging.spans import new_span
from provisioning.table import page_index_keys, reads, writes
from provisioning.table.pace import Pace

BUILD_SECONDS = 1.0
"""Seconds that one invocation builds: other changes wait meanwhile."""
PACE = Pace()
"""The pace of this process, in parts of a megabyte."""
ITEMS_AT_ONCE = 4500
"""Items counted at a time: about a megabyte, in some 90 blocks."""


def build(record: Mapping[str, Any]) -> None:
    """Continue building a page index for a while; the next stream record continues it.

    Args:
        record: The root as its stream record has it. A late or duplicate record does nothing.
    """
    until = time.monotonic() + BUILD_SECONDS
    read_at_once = ITEMS_AT_ONCE
    while (index := _unfinished(record)) is not None:
        PACE.wait(1)
        try:
            if not _count_some(index, read_at_once):
                return _finish(index)
            PACE.done(1)
            read_at_once = ITEMS_AT_ONCE
            if time.monotonic() > until:
                return _continue_later(index)
        except CapacityExceededError as refusal:
            PACE.refused(refusal)
        except OutdatedError:
            # The fewer items are read, the less likely is another change in between.
            read_at_once = max(sizes.current.new_block, read_at_once // 2)
    return None


def _unfinished(record: Mapping[str, Any]) -> PageIndex | None:
    index = page_index.read(record["of"])
    if index is None or index.is_ready:
        return None
    return index if index.root.get("sliceNumber") == record["sliceNumber"] else None


def _count_some(index: PageIndex, limit: int) -> bool:
    """Count some blocks at the front of the uncounted one; return whether there is one."""
    partition, group = index.partition, index.groups[-1]
    uncounted = page_index.blocks(partition, group)[-1]
    if uncounted.count is not None:
        return False
    keys = reads.query_sort_keys(uncounted.key_range(partition))
    first, *further = block_counts.cut(uncounted, keys, limit)
    planned = [
        index_writes.set_count(
            page_index_keys.block(partition, uncounted.start), uncounted, first.count
        ),
        *(
            index_writes.create(page_index_keys.block(partition, part.start), part)
            for part in further
        ),
        index_writes.set_count(
            page_index_keys.group(partition, group.start), group, spans.total([first, *further])
        ),
    ]
    if further and further[-1].count is None:
        rest = new_span(further[-1].start, None, 0)
        planned.append(index_writes.create(page_index_keys.group(partition, rest.start), rest))
    index_writes.execute(planned)
    return True


def _continue_later(index: PageIndex) -> None:
    """Let the stream record of this write continue the building."""
    slice_number = index.root.get("sliceNumber", 0) + 1
    _update_root(index, {"sliceNumber": slice_number, "awake": True, "updatedAt": now()})


def _finish(index: PageIndex) -> None:
    ready = {"state": READY, "working": False, "awake": False, "open": None, "updatedAt": now()}
    _update_root(index, ready)
    logger.info("Built a page index")


def _update_root(index: PageIndex, values: Mapping[str, Any]) -> None:
    """Write the root of a page index that is being built, on condition that it is unchanged."""
    expected = {
        "incarnation": index.root["incarnation"],
        "sliceNumber": index.root.get("sliceNumber"),
        "state": index.root["state"],
    }
    index_writes.execute([writes.update(page_index_keys.root(index.partition), values, **expected)])
