"""Counting, splitting and merging the blocks of a group."""

from collections.abc import Iterator
from dataclasses import replace

from provisioning.paging import index_writes, sizes
from provisioning.paging.spans import Span, new_span
from provisioning.table import key_order, page_index_keys, reads, writes


def recount(partition: str, block: Span) -> list[Span]:
    """Count a block again, and split it if it is too large.

    The version is incremented even if the count is the same, so a count or split that began earlier
    cannot be written later.

    Returns:
        The block, or the blocks that it was split into.

    Raises:
        OutdatedError: The block has been written since it was read.
    """
    if block.count is None:
        parts = [block]
    else:
        count = reads.count(block.key_range(partition))
        parts = [replace(block, count=count)]
        if count > sizes.current.block:
            parts = list(cut(partition, block))
    return index_writes.write_parts(partition, block, parts, page_index_keys.block)


def cut(partition: str, block: Span, limit: int | None = None) -> Iterator[Span]:
    """Yield parts of a block that are about half as large as a full one, in one read of its keys.

    Args:
        partition: The partition.
        block: The block.
        limit: Keys to read at most. If there are more, the last part is what was not read, and
            has no count.
    """
    start, count, left = block.start, 0, ""
    for number, key in enumerate(reads.query_sort_keys(block.key_range(partition))):
        is_full = count >= sizes.current.new_block or number == limit
        bound = key_order.bound_between(left, key) if is_full else None
        if bound is not None:
            yield new_span(start, bound, count)
            start, count = bound, 0
            if limit is not None and number >= limit:
                yield new_span(start, block.end, None)
                return
        count, left = count + 1, key
    yield new_span(start, block.end, count)


def merge_sparse(partition: str, group: Span, blocks: list[Span]) -> tuple[Span, list[Span]]:
    """Merge sparse blocks of a group with their neighbours.

    Each merge increments the version of the group too, so the group is not split where a block has
    just been merged away.

    Returns:
        The group and its blocks after the merges.

    Raises:
        OutdatedError: One has been written since it was read.
    """
    kept = blocks[:1]
    for block in blocks[1:]:
        left = kept[-1]
        if not _may_merge(left, block):
            kept.append(block)
            continue
        count = (left.count or 0) + (block.count or 0)
        index_writes.execute(
            [
                index_writes.set_count(page_index_keys.block(partition, left.start), left, count),
                writes.delete(page_index_keys.block(partition, block.start), version=block.version),
                index_writes.set_count(
                    page_index_keys.group(partition, group.start), group, group.count
                ),
            ]
        )
        group = replace(group, version=group.version + 1)
        kept[-1] = replace(left, end=block.end, count=count, version=left.version + 1)
    return group, kept


def _may_merge(left: Span, right: Span) -> bool:
    if left.count is None or right.count is None:
        return False
    is_sparse = min(left.count, right.count) < sizes.current.sparse
    return is_sparse and left.count + right.count <= sizes.current.merged
