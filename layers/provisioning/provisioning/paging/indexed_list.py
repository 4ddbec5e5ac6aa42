"""A page of a long list, found by the page index.

The calls are made in four steps, in each of them side by side: the groups; the blocks of the groups
where the ranges begin and end; the counts of the ranges within these blocks, with the blocks of the
groups where the page may begin; the items of the page.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from provisioning.core.threads import together
from provisioning.paging import page_index, places, sizes, spans
from provisioning.paging.list_parts import ListPart, RangeBounds
from provisioning.paging.page_index import PageIndex
from provisioning.paging.places import Place
from provisioning.paging.spans import Span
from provisioning.table import reads
from provisioning.table.items import Item
from provisioning.table.primary_keys import KeyRange

Keep = Callable[[Any], bool]
"""Returns whether to return an item."""


def everything(_item: object) -> bool:
    """Keep any item."""
    return True


class IndexedList:
    """A list of key ranges in a partition that has a page index."""

    def __init__(
        self,
        index: PageIndex,
        ranges: Sequence[KeyRange],
        known: Mapping[KeyRange, list[Item]],
        keep: Keep = everything,
    ) -> None:
        """Take the page index, the ranges, all items of those that were read already, and which
        items to return (see ``pages.window``).
        """
        self._index = index
        self._ranges = ranges
        self._known = {each: list(filter(keep, items)) for each, items in known.items()}
        self._keep = keep
        self._blocks: dict[Span, list[Span]] = {}
        self._short_items = sizes.current.short // max(1, len(ranges) - len(known))

    def page(self, offset: int, size: int) -> tuple[list[Any], int]:
        """Return the items of a page, and the number of items in the whole list.

        Raises:
            OutdatedError: The page index has been written since it was read.
        """
        self._fetch(self._groups_at_edges())
        bounds = [self._bounds(key_range) for key_range in self._ranges]
        parts = self._count_parts(bounds, (offset, offset + size))
        return self._items(parts, offset, size), sum(part.count for part in parts)

    def counts(self) -> list[int]:
        """Return the number of items in each range.

        Raises:
            OutdatedError: The page index has been written since it was read.
        """
        self._fetch(self._groups_at_edges())
        bounds = [self._bounds(key_range) for key_range in self._ranges]
        return [part.count for part in self._count_parts(bounds, ())]

    def _groups_at_edges(self) -> set[Span]:
        groups = self._index.groups
        counted = [each for each in self._ranges if each not in self._known]
        ends = (end for each in counted for end in (each.first, each.last))
        return {spans.containing(groups, end) for end in ends if end is not None}

    def _fetch(self, groups: Iterable[Span]) -> None:
        missing = [group for group in groups if group not in self._blocks]
        together([partial(self._fetch_one, group) for group in missing])

    def _fetch_one(self, group: Span) -> None:
        self._blocks[group] = page_index.blocks(self._index.partition, group)

    # --- counting the ranges ---------------------------------------------------------------------

    def _bounds(self, key_range: KeyRange) -> RangeBounds:
        if key_range in self._known:
            whole = Span("", None, len(self._known[key_range]), 0, 0)
            return RangeBounds(key_range, replace(whole, count=0), whole)
        below = Span("", "", 0, 0, 0)
        above = Span("", None, 0, 0, self._index.total)
        return RangeBounds(
            key_range,
            below if key_range.first is None else self._block_at(key_range.first),
            above if key_range.last is None else self._block_at(key_range.last),
        )

    def _block_at(self, bound: str) -> Span:
        group = spans.containing(self._index.groups, bound)
        return spans.containing(self._blocks[group], bound)

    def _count_parts(self, bounds: list[RangeBounds], offsets: Iterable[int]) -> list[ListPart]:
        """Count the ranges, and at the same time fetch the blocks in which offsets may fall."""
        candidates = (group for offset in offsets for group in self._candidates(bounds, offset))
        calls: list[Callable[[], Any]] = [
            partial(self._fetch_one, group)
            for group in dict.fromkeys(candidates)
            if group not in self._blocks
        ]
        fetches = len(calls)
        calls += [partial(self._part, bound) for bound in bounds]
        parts: list[ListPart] = together(calls)[fetches:]
        return parts

    def _candidates(self, bounds: list[RangeBounds], offset: int) -> list[Span]:
        """Return the groups in which an offset of the list may fall, before it is counted."""
        earliest = latest = offset
        groups: list[Span] = []
        for bound in bounds:
            if latest >= 0 and earliest < bound.most and not self._is_read_whole(bound):
                lowest = bound.low.before + max(0, earliest)
                highest = bound.low.before + (bound.low.count or 0) + max(0, latest)
                groups += [
                    group
                    for group in self._index.groups
                    if group.before <= highest and lowest < group.before + (group.count or 0)
                ]
            earliest, latest = earliest - bound.most, latest - bound.least
        return groups

    def _is_read_whole(self, bound: RangeBounds) -> bool:
        """Return whether all items of a range are read, so that clients see their own last write.

        Several ranges share the number of items that may be read like that, so all of them cost no
        more than one. A range of a single key is always read: its bounds are not between keys, so
        it cannot be counted.
        """
        _, first, last, _ = bound.key_range
        if first is None and last is None:
            return bound.most <= sizes.current.small
        return first == last or bound.most <= self._short_items

    def _part(self, bound: RangeBounds) -> ListPart:
        items = self._known.get(bound.key_range)
        if items is None and self._is_read_whole(bound):
            items = self._kept(bound.key_range)
        if items is not None:
            return ListPart(bound.key_range, len(items), items, 0, bound.high)
        before, up_to_last = together(
            [partial(_count, bound.before_first()), partial(_count, bound.up_to_last())]
        )
        rank = bound.low.before + before
        count = max(0, bound.high.before + up_to_last - rank)
        if self._keep is not everything and count <= self._short_items:
            items = self._kept(bound.key_range)
            return ListPart(bound.key_range, len(items), items, 0, bound.high)
        return ListPart(bound.key_range, count, None, rank, bound.high)

    def _kept(self, key_range: KeyRange) -> list[Item]:
        return list(filter(self._keep, reads.query_all(key_range)))

    # --- reading the page ------------------------------------------------------------------------

    def _items(self, parts: list[ListPart], offset: int, size: int) -> list[Item]:
        calls: list[Callable[[], list[Item]]] = []
        end = offset + size
        for part in parts:
            if offset < max(1, part.count) and end > 0:
                part_end = end if end < part.count else None
                calls.append(partial(self._take, part, max(0, offset), part_end))
            offset, end = offset - part.count, end - part.count
        return [item for items in together(calls) for item in items]

    def _take(self, part: ListPart, offset: int, end: int | None) -> list[Item]:
        """Return the items of a part from one offset to another, or to its end."""
        if part.items is not None:
            return part.items[offset:end]
        count = (part.count if end is None else end) - offset
        until = None if end is None else self._place(part, end)
        found = places.items_between(part.key_range, self._place(part, offset), until, count)
        return list(filter(self._keep, found))

    def _place(self, part: ListPart, offset: int) -> Place:
        rank = part.rank + offset
        if rank >= part.high.before:
            block, end = part.high, part.key_range.last
        else:
            group = spans.at_rank(self._index.groups, rank)
            self._fetch([group])
            block = spans.at_rank(self._blocks[group], rank)
            end = block.end
        if block.before <= part.rank:
            return part.first_place(offset, end)
        return Place(block.start, end, rank - block.before)


def _count(key_range: KeyRange | None) -> int:
    return 0 if key_range is None else reads.count(key_range)
