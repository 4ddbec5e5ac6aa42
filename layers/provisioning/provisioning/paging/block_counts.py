"""Counting, splitting and merging the blocks of a group."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from provisioning.paging import index_writes, sizes
from provisioning.paging.page_index import OutdatedError
from provisioning.paging.spans import Span, new_span
from provisioning.table import key_order, page_index_keys, reads, writes
from provisioning.table.primary_keys import KeyRange


def recount(partition: str, run: Sequence[Span]) -> dict[Span, list[Span]]:
    """Count adjacent blocks again in one read, and split those that are too large.

    The version is incremented even if the count is the same, so a count or split that began earlier
    cannot be written later.

    Args:
        partition: The partition.
        run: Blocks, each of which begins where the one before it ends.

    Returns:
        For each block the blocks that it was split into, or itself with its count. Those that
        another worker has written since they were read are missing.
    """
    planned = [(block, _parts(block, keys)) for block, keys in _keys(partition, run)]
    whole = [(block, parts[0]) for block, parts in planned if len(parts) == 1]
    written = index_writes.set_counts(partition, [counted for _, counted in whole])
    done = {
        block: [replace(counted, version=counted.version + 1)]
        for (block, counted), is_written in zip(whole, written, strict=True)
        if is_written
    }
    for block, parts in planned:
        if len(parts) > 1:
            with suppress(OutdatedError):
                done[block] = index_writes.write_parts(
                    partition, block, parts, page_index_keys.block
                )
    return done


def _keys(partition: str, run: Sequence[Span]) -> Iterator[tuple[Span, list[str]]]:
    """Yield adjacent blocks, each with the sort keys of its items."""
    within = KeyRange(partition, run[0].start or None, run[-1].end)
    # What was not counted yet is the last block, and may be long.
    if run[-1].count is None:
        within = within._replace(last=run[-1].start)
    found = [] if run[0].count is None else list(reads.query_sort_keys(within))
    for block in run:
        end = len(found) if block.end is None else bisect_left(found, block.end)
        yield block, found[bisect_left(found, block.start) : end]


def _parts(block: Span, keys: list[str]) -> list[Span]:
    if block.count is None:
        return [block]
    if len(keys) > sizes.current.block:
        parts = list(cut(block, keys))
        if len(parts) > 1:
            return parts
    return [replace(block, count=len(keys))]


def cut(block: Span, keys: Iterable[str], limit: int | None = None) -> Iterator[Span]:
    """Yield parts of a block that are about half as large as a full one.

    Args:
        block: The block.
        keys: The sort keys of its items, in order.
        limit: Keys to take at most. If there are more, the last part is what was not taken, and
            has no count.
    """
    start, count, left = block.start, 0, ""
    for number, key in enumerate(keys):
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
