"""Recounting: updates page indexes after items with some sort keys were created or deleted.

Why the counts are exact when nothing is left to process, whatever the order and number of
deliveries:

* A block is counted with a consistent read and written on condition of the version that was read
  before. Of two recounts that overlap one fails and counts again, so no older count overwrites a
  newer one.
* A split or merge is one transaction on the versions of all blocks that it changes, with counts
  from consistent reads after the versions were read. A recount in between makes it fail.
* A group's sum is written on condition of its version, which was read before its blocks. A worker
  that changed a block in the meantime also writes the group, and one of the two sums up again,
  without counting again: its blocks are written.
* Merging blocks increments their group's version in the same transaction, so no group is split
  where a block has just been merged away.
* New blocks and groups start at a random version, and a page index has a new incarnation each time
  it is started, so a writer that read a deleted one cannot overwrite its successor.
* Every change of an item has a stream record, which is acknowledged only after the recount is
  written. A crash brings the record again.
"""

import time
from collections.abc import Collection, Iterable, Iterator
from functools import lru_cache, partial
from itertools import chain
from secrets import SystemRandom

from provisioning.core.errors import CapacityExceededError, ThrottledError
from provisioning.core.threads import together
from provisioning.paging import block_counts, group_sums, lifecycle, page_index, sizes, spans
from provisioning.paging.page_index import OutdatedError, PageIndex
from provisioning.paging.spans import Span
from provisioning.table.pace import Pace
from provisioning.table.primary_keys import Key
from provisioning.table.retries import BACKGROUND_ATTEMPTS

PARTITIONS_AT_ONCE = 4
"""Partitions whose page indexes are updated in parallel."""
RUNS_AT_ONCE = 3
"""Runs of adjacent blocks that are counted in parallel, in one partition."""
PACES = 1000
"""Partitions of which a process remembers how fast the table lets it recount."""
PAUSE_SECONDS = 0.05
"""The longest pause before work is repeated that others have overtaken."""

TRIES = 5 * BACKGROUND_ATTEMPTS
"""Tries without progress after which a page index is left to a later delivery."""

# Not Python's: processes restored from one snapshot would make the same pauses.
_random = SystemRandom()


@lru_cache(maxsize=PACES)
def pace_of(_partition: str) -> Pace:
    """Return the pace at which this process recounts a partition, in groups of its page index."""
    return Pace()


def touch_all(touched: Iterable[Key]) -> None:
    """Update the page indexes of several partitions after items came or went.

    No partition waits for another: each is updated even if others fail.

    Raises:
        ThrottledError, UnavailableError: The table could not be read or written; it is harmless to
            touch the same keys again.
    """
    found: dict[str, set[str]] = {}
    for partition, sort_key in touched:
        found.setdefault(partition, set()).add(sort_key)
    together([partial(touch, *each) for each in found.items()], PARTITIONS_AT_ONCE)


def touch(partition: str, sort_keys: Collection[str]) -> None:
    """Update the page index of a partition after items came or went.

    Raises:
        ThrottledError, UnavailableError: The table could not be read or written; it is harmless to
            touch the same keys again.
    """
    recounting, pace, tries = _Recounting(partition, set(sort_keys)), pace_of(partition), 0
    while recounting.pending:
        pace.wait(1)
        try:
            made_progress = recounting.advance()
        except OutdatedError:
            made_progress = False
        except CapacityExceededError as refusal:
            pace.refused(refusal)
            continue
        pace.done(1)
        if not made_progress:
            tries += 1
            repair_after(tries, partition)
            time.sleep(_random.uniform(0, PAUSE_SECONDS))


class _Recounting:
    """The work on the page index of a partition whose items came or went.

    Attributes:
        pending: The sort keys of items whose block or group is still to be written.
    """

    def __init__(self, partition: str, pending: set[str]) -> None:
        self.pending = pending
        self._partition = partition
        self._counted: set[str] = set()
        """Those of ``pending`` whose block is written, so that only the sum of its group is not."""

    def advance(self) -> bool:
        """Recount the changed blocks of one group, and sum the group up.

        Returns:
            Whether anything was written for good.

        Raises:
            OutdatedError: Another worker has written the page index in the meantime.
        """
        index = page_index.read(self._partition)
        if index is None:
            lifecycle.start_if_due(self._partition, self.pending)
            self.pending = set()
            return True
        changed = len(self.pending)
        group = spans.containing(index.groups, max(self.pending))
        due = {key for key in self.pending if key >= group.start}
        made_progress = self._count(index, group, due)
        if index.total < sizes.current.removal + changed:
            lifecycle.remove_if_small(self._partition)
        return made_progress

    def _count(self, index: PageIndex, group: Span, due: set[str]) -> bool:
        blocks = page_index.blocks(index.partition, group)
        keys_of: dict[Span, set[str]] = {}
        for key in due - self._counted:
            keys_of.setdefault(spans.containing(blocks, key), set()).add(key)
        runs = list(_runs(blocks, keys_of))
        parts_of: dict[Span, list[Span]] = {}
        for done in together(
            [partial(block_counts.recount, index.partition, run) for run in runs], RUNS_AT_ONCE
        ):
            parts_of |= done
        self._counted |= set(chain.from_iterable(keys_of[block] for block in parts_of))
        if len(parts_of) < len(keys_of):
            return bool(parts_of)  # The others are read again, and counted with the sum.
        kept = list(chain.from_iterable(parts_of.get(block, [block]) for block in blocks))
        group, kept = block_counts.merge_sparse(index.partition, group, kept)
        group_sums.write(index, group, kept)
        self.pending -= due
        return True


def _runs(blocks: list[Span], touched: Collection[Span]) -> Iterator[list[Span]]:
    """Yield the blocks that were touched, in runs of adjacent ones."""
    run: list[Span] = []
    for block in blocks:
        if block in touched:
            run.append(block)
        elif run:
            yield run
            run = []
    if run:
        yield run


def repair_after(tries: int, partition: str) -> None:
    """Repair a page index that could not be written in many tries, if it is broken.

    Raises:
        ThrottledError: It is not broken; other workers kept writing it for ``TRIES`` tries.
    """
    if tries % BACKGROUND_ATTEMPTS or lifecycle.repair(partition):
        return
    if tries >= TRIES:
        raise ThrottledError(reason="other workers kept writing the page index")
