"""The outline of a large partition: where its items lie, as finely as a budget of reads allows.

An overview needs no exact counts. The groups of the page index show roughly where the items of a
partition lie; the blocks of groups with several things show more. All of it is read
eventually consistently, at half the price.
"""

from collections.abc import Callable
from typing import Any

from provisioning.paging import spans
from provisioning.paging.page_index import READY
from provisioning.paging.spans import Span
from provisioning.table import dynamodb, page_index_keys, reads
from provisioning.table.primary_keys import KeyRange

GROUP_UNITS = 2.5
"""Read units that the blocks of a group may cost; what decides whether another one is read."""

UNINDEXED = 1000
"""Items that a partition without page index has at most, but for what was written just now."""


class Budget:
    """Read units that may still be used."""

    def __init__(self, units: float) -> None:
        """Begin with so many units."""
        self._end = dynamodb.usage.read_units + units

    @property
    def left(self) -> float:
        """How many units are left."""
        return self._end - dynamodb.usage.read_units


def groups(partition: str) -> list[Span] | None:
    """Return the groups of a partition's page index; None where it has none that is complete."""
    head, *items = _items(page_index_keys.groups(partition)) or [{}]
    if head.get("state") != READY or not items:
        return None
    return spans.from_items(items, None)


def refine(
    partition: str, coarse: list[Span], is_plain: Callable[[Span], bool], budget: Budget
) -> list[Span]:
    """Return spans with the groups that need it replaced by their blocks, largest groups first.

    Args:
        partition: The partition.
        coarse: Its groups.
        is_plain: Says whether a span holds one thing only, so that finer counts add nothing.
        budget: What may be read.
    """
    finer: dict[Span, list[Span]] = {}
    for group in sorted(coarse, key=lambda span: -(span.count or 0)):
        if budget.left < GROUP_UNITS:
            break
        if not is_plain(group):
            finer[group] = _blocks(partition, group)
    return [span for group in coarse for span in finer.get(group, [group])]


def _blocks(partition: str, group: Span) -> list[Span]:
    items = _items(page_index_keys.blocks(partition, group.start, group.end))
    starts = [page_index_keys.start_of(item["SK"]) for item in items]
    inside = [item for item, start in zip(items, starts, strict=True) if start != group.end]
    return spans.from_items(inside, group.end, group.before) if inside else [group]


def _items(key_range: KeyRange) -> list[Any]:
    return list(reads.query_all(key_range, consistent=False))
