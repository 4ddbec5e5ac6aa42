"""The sums of groups; splitting and merging groups."""

from dataclasses import replace

from provisioning.paging import index_writes, sizes, spans
from provisioning.paging.page_index import PageIndex
from provisioning.paging.spans import Span, new_span
from provisioning.table import page_index_keys, writes


def write(index: PageIndex, group: Span, blocks: list[Span]) -> None:
    """Write the sum of a group's blocks; split the group if it has too many, merge it if one.

    Raises:
        OutdatedError: The group has been written since it was read.
    """
    position = [other.start for other in index.groups].index(group.start)
    if index.is_ready and len(blocks) == 1 and position > 0:
        summed = replace(group, count=spans.total(blocks))
        _merge(index.partition, index.groups[position - 1], summed)
        return
    runs = [blocks]
    if len(blocks) > sizes.current.group:
        half = sizes.current.group // 2
        runs = [blocks[start : start + half] for start in range(0, len(blocks), half)]
    parts = [new_span(run[0].start, None, spans.total(run)) for run in runs]
    index_writes.write_parts(index.partition, group, parts, page_index_keys.group)


def _merge(partition: str, left: Span, group: Span) -> None:
    """Merge a group of a single block into the group before it."""
    count = (left.count or 0) + (group.count or 0)
    index_writes.execute(
        [
            index_writes.set_count(page_index_keys.group(partition, left.start), left, count),
            writes.delete(page_index_keys.group(partition, group.start), version=group.version),
        ]
    )
