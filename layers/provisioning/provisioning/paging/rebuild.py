"""Rebuilding a page index: every block is counted again while the system runs."""

from provisioning.paging import lifecycle, page_index, recount, spans
from provisioning.paging.page_index import OutdatedError


def rebuild(partition: str) -> None:
    """Count every block of a partition again.

    A broken page index is removed and started again, a missing one is started.
    """
    if lifecycle.repair(partition):
        return None
    position: str | None = ""
    tries = 0
    while position is not None:
        index = page_index.read(partition)
        if index is None:
            return lifecycle.start_if_large(partition)
        group = spans.containing(index.groups, position)
        try:
            blocks = page_index.blocks(partition, group)
            recount.touch(partition, [block.start for block in blocks])
        except OutdatedError:
            tries += 1
            recount.repair_after(tries, partition)
        else:
            position, tries = group.end, 0
    return None
