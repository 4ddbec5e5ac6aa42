"""Checking a page index against the items that it counts."""

from collections.abc import Iterator
from typing import NamedTuple

from provisioning.paging import flaws, page_index, sizes, spans
from provisioning.paging.page_index import OutdatedError, PageIndex
from provisioning.paging.spans import Span
from provisioning.table import page_index_keys, reads
from provisioning.table.primary_keys import KeyRange

_CERTAIN = 2
"""Multiple of ``Sizes.small`` from which a missing page index is no coincidence
(``lifecycle.LOOK_ONE_IN``: of 1,000 changes none looks once in 2,500 times)."""


class Difference(NamedTuple):
    """A difference between stored and actual values.

    Attributes:
        partition: The partition that is counted, or of the resource link.
        what: ``block``, ``group``, ``pageIndex`` or ``resourceLink``.
        at: The start of the block or group; the sort key of the resource link, or of the item of
            the page index that is broken or missing.
        recorded: The stored count; for others how many there are.
        actual: The right value.
        version: The version of the block or group; a different one means it was written since.
    """

    partition: str
    what: str
    at: str
    recorded: int
    actual: int
    version: int = 0


def differences(partition: str) -> Iterator[Difference]:
    """Yield where a partition's page index differs from its items at this moment."""
    flaw = flaws.find(partition)
    if flaw is not None:
        yield Difference(partition, "pageIndex", flaw, 1, 0)
        return
    index = page_index.read(partition)
    if index is None and _is_large(partition):
        yield Difference(partition, "pageIndex", page_index_keys.root(partition).sort, 0, 1)
    if index is not None and index.is_ready:
        yield from _wrong_counts(index)


def _wrong_counts(index: PageIndex) -> Iterator[Difference]:
    for group in index.groups:
        try:
            blocks = page_index.blocks(index.partition, group)
        except OutdatedError:
            continue  # It was written just now, from a new count.
        total = spans.total(blocks)
        if total != group.count:
            yield _difference(index.partition, "group", group, total)
        for block in blocks:
            actual = reads.count(block.key_range(index.partition))
            if actual != block.count:
                yield _difference(index.partition, "block", block, actual)


def _difference(partition: str, what: str, span: Span, actual: int) -> Difference:
    return Difference(partition, what, span.start, span.count or 0, actual, span.version)


def _is_large(partition: str) -> bool:
    """Return whether a partition should have a page index by now."""
    most = sizes.current.small * _CERTAIN
    return reads.count(KeyRange(partition), limit=most + 1) > most
