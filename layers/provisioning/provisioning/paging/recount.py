"""Recounting: updates page indexes after items with some sort keys were created or deleted.

Why the counts are exact when nothing is left to process, whatever the order and number of
deliveries:

* A block is counted with a consistent read and written on condition of the version that was read
  before. Of two recounts that overlap one fails and counts again, so no older count overwrites a
  newer one.
* A split or merge is one transaction on the versions of all blocks that it changes, with counts
  from consistent reads after the versions were read. A recount in between makes it fail.
* A group's sum is written on condition of its version, which was read before its blocks. A worker
  that changed a block in the meantime also writes the group, and one of the two sums up again.
* Merging blocks increments their group's version in the same transaction, so no group is split
  where a block has just been merged away.
* New blocks and groups start at a random version, and a page index has a new incarnation each time
  it is started, so a writer that read a deleted one cannot overwrite its successor.
* Every change of an item has a stream record, which is acknowledged only after the recount is
  written. A crash brings the record again.
"""

from collections.abc import Collection, Iterable

from provisioning.core.errors import CapacityExceededError, ThrottledError
from provisioning.paging import block_counts, group_sums, lifecycle, page_index, sizes, spans
from provisioning.paging.page_index import OutdatedError, PageIndex
from provisioning.paging.spans import Span
from provisioning.table.pace import Pace
from provisioning.table.primary_keys import Key
from provisioning.table.retries import BACKGROUND_ATTEMPTS

PACE = Pace()
"""The pace of this process, in groups of a page index that are recounted."""


def by_partition(touched: Iterable[Key]) -> dict[str, set[str]]:
    """Return the sort keys of items by their partitions, as ``touch`` takes them."""
    found: dict[str, set[str]] = {}
    for partition, sort_key in touched:
        found.setdefault(partition, set()).add(sort_key)
    return found


def touch(partition: str, sort_keys: Collection[str]) -> None:
    """Update the page index of a partition after items came or went.

    Raises:
        ThrottledError, UnavailableError: The table could not be read or written; it is harmless to
            touch the same keys again.
    """
    pending, tries = set(sort_keys), 0
    while pending:
        PACE.wait(1)
        try:
            done = _touch_some(partition, pending)
        except OutdatedError:
            tries += 1
            repair_after(tries, partition)
        except CapacityExceededError:
            PACE.refused()
        else:
            PACE.done(1)
            pending -= done


def _touch_some(partition: str, pending: Collection[str]) -> set[str]:
    """Recount the changed blocks of one group; return the sort keys that are done.

    Raises:
        OutdatedError: Another worker has written them in the meantime.
    """
    index = page_index.read(partition)
    if index is None:
        lifecycle.start_if_due(partition, pending)
        return set(pending)
    group = spans.containing(index.groups, max(pending))
    due = {key for key in pending if key >= group.start}
    _touch_group(index, group, due)
    if index.total < sizes.current.removal + len(pending):
        lifecycle.remove_if_small(partition)
    return due


def repair_after(tries: int, partition: str) -> None:
    """Repair a page index that could not be written in many tries, if it is broken.

    Raises:
        ThrottledError: It is not broken; other workers keep writing it.
    """
    if tries >= BACKGROUND_ATTEMPTS and not lifecycle.repair(partition):
        raise ThrottledError


def _touch_group(index: PageIndex, group: Span, sort_keys: Collection[str]) -> None:
    blocks = page_index.blocks(index.partition, group)
    touched = {spans.containing(blocks, key) for key in sort_keys}
    kept: list[Span] = []
    for block in blocks:
        kept += block_counts.recount(index.partition, block) if block in touched else [block]
    group, kept = block_counts.merge_sparse(index.partition, group, kept)
    group_sums.write(index, group, kept)
