"""The outline of a partition: its items or where they lie, as far as a budget of reads allows.

An overview needs no exact counts. The groups of the page index tell roughly where the items of a
partition lie; the blocks of those groups that hold several things tell more. Where there is no page
index, the first items are read. All of it is read eventually consistently, at half the price.
"""

from collections.abc import Callable
from typing import Any, Generic, NamedTuple

from provisioning.paging import spans
from provisioning.paging.page_index import READY
from provisioning.paging.spans import Span
from provisioning.table import dynamodb, page_index_keys, reads
from provisioning.table.primary_keys import ItemT_co, KeyRange

GROUP_UNITS = 2.5
"""Read units that the blocks of a group may cost; what decides whether another one is read."""

_PROBED = 20
"""Items that are read first, to see how long they are."""
_GROWTH = 4
"""How many times as many items as before a call may read: those to come may be longer."""


class Budget:
    """Read units that may still be used."""

    def __init__(self, units: float) -> None:
        """Begin with so many units."""
        self._end = dynamodb.usage.read_units + units

    @property
    def left(self) -> float:
        """How many units are left."""
        return self._end - dynamodb.usage.read_units


class Head(NamedTuple, Generic[ItemT_co]):
    """The first items of a range, which may be all of them."""

    items: list[ItemT_co]
    is_whole: bool


def head(
    key_range: KeyRange[ItemT_co], budget: Budget, expected: int | None = None
) -> Head[ItemT_co]:
    """Return the first items of a range, as many as the budget allows.

    Args:
        key_range: The range.
        budget: What may be read; the last call may exceed it if its items are longer than those
            before them.
        expected: How many items the range has. If all of them would cost too much, only a few are
            read, to find that out.
    """
    items: list[ItemT_co] = []
    start = budget.left
    after, limit = None, _PROBED
    while limit > 0:
        found = reads.query(key_range, after=after, limit=limit, consistent=False)
        items += found.items
        after = found.last
        if after is None:
            return Head(items, is_whole=True)
        affordable = int(budget.left * len(items) / (start - budget.left))
        if expected is not None and expected - len(items) > affordable:
            break
        limit = min(affordable, _GROWTH * len(items))
    return Head(items, is_whole=False)


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
