"""Conditional writes of groups and blocks."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from provisioning.paging import spans
from provisioning.paging.page_index import OutdatedError
from provisioning.paging.spans import Span
from provisioning.table import items, page_index_keys, writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.primary_keys import Key
from provisioning.table.writes import ItemUpdate, Write

_SPLIT_WRITES = 90
"""New blocks in one transaction; with the old one below the limit of a transaction."""


def execute(planned: Sequence[Write]) -> None:
    """Carry out writes on versions that were read, all or none.

    Raises:
        OutdatedError: A version has changed.
    """
    try:
        # If the response of a single write is lost, its repetition finds the new version and the
        # work is done again, which costs less than a transaction every time.
        writes.execute(planned[0]) if len(planned) == 1 else writes.transact(planned)
    except ConditionFailedError:
        raise OutdatedError from None


def set_count(key: Key, span: Span, count: int | None) -> Write:
    """Return the write of a count on a group or block, which increments its version."""
    return writes.update(key, {"count": count, "version": span.version + 1}, version=span.version)


def set_counts(partition: str, blocks: Sequence[Span]) -> list[bool]:
    """Write the counts of blocks independently, which increments their versions.

    Args:
        partition: The partition that is counted.
        blocks: The blocks with their new counts and the versions that were read.

    Returns:
        For each, whether it was written: if not, its version has changed.
    """
    if len(blocks) == 1:
        (block,) = blocks
        try:
            key = page_index_keys.block(partition, block.start)
            execute([set_count(key, block, block.count)])
        except OutdatedError:
            return [False]
        return [True]
    return writes.update_each(
        [
            ItemUpdate(
                page_index_keys.block(partition, block.start),
                {"version": block.version + 1}
                | ({} if block.count is None else {"count": block.count}),
                {"version": block.version},
            )
            for block in blocks
        ]
    )


def create(key: Key, span: Span) -> Write:
    """Return the write of a new group or block."""
    values = {"count": span.count, "version": span.version}
    return writes.create({**items.key_attributes(key), **values})


def write_parts(
    partition: str, whole: Span, parts: list[Span], key_of: Callable[[str, str], Key]
) -> list[Span]:
    """Write the parts that a group or block was cut into, or its new count if it has one part.

    From the last part on, each transaction takes some parts off the whole, which keeps the rest and
    its sum. So every state in between is consistent, and each transaction fails if the version has
    changed.

    Returns:
        The parts, the first with its new version.

    Raises:
        OutdatedError: The version has changed.
    """
    rest, version = parts, whole.version
    while True:
        cut = max(1, len(rest) - _SPLIT_WRITES)
        taken_off, rest = rest[cut:], rest[:cut]
        is_counted = all(part.count is not None for part in rest)
        count = spans.total(rest) if is_counted else None
        current = replace(whole, version=version)
        execute(
            [
                set_count(key_of(partition, whole.start), current, count),
                *(create(key_of(partition, part.start), part) for part in taken_off),
            ]
        )
        version += 1
        if len(rest) == 1:
            return [replace(rest[0], version=version), *parts[1:]]
