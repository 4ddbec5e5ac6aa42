"""Pages of a list: the results of one page, and how many there are in all.

A list is one range of a partition, or a few in a row. One of few items is read as it is, so a
client sees its own last write. Of a long one, only the directory and the page's own surroundings
are read (module ``directory``): wherever the page stands, at most four calls one after the other.

Why a count that is behind makes no page skip or repeat an item: where a page begins is a place
between items, which depends only on the counts and the page's number, and where it ends is by the
same rule the place where the next one begins. So a page has what stands between two places, be
that more or less than its size; only the total, and with it the number of pages, is wrong.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from operator import itemgetter
from typing import Any

from provisioning.core.errors import ThrottledError
from provisioning.core.threads import together
from provisioning.paging import page_index
from provisioning.paging.page_index import Directory, OutdatedError, Span
from provisioning.table import dynamodb
from provisioning.table.dynamodb import Item
from provisioning.table.keys import SEPARATOR, KeyRange

PROBED = 20
"""Items that are read of each range of a list of many, to see whether it has more: about a unit."""
PROBED_TOGETHER = 60
"""Items that are read of all that stands around the ranges of one application or entity."""
FEW = 2
"""Ranges of a list up to which the directory is asked at once: more are mostly short ones."""
SURPLUS = 500
"""Items that a page has beyond its size at most, where the counts are behind what was written."""
TRIES = 5
"""Tries to read a page while the directory is being written, before the client is told to wait."""


@dataclass(frozen=True)
class Page:
    """One page of a list.

    Attributes:
        items: The items of the page, in the list's order.
        number: Which page it is, from 0.
        size: How many items a full page has.
        total: How many items the whole list has.
    """

    items: list[Item]
    number: int
    size: int
    total: int

    def paging(self) -> dict[str, int]:
        """Return the contract's ``paging`` object."""
        return {
            "page": self.number,
            "size": self.size,
            "totalPages": -(-self.total // self.size),
            "totalResults": self.total,
        }


@dataclass(frozen=True)
class Window:
    """Some items of a list, and how many the whole list has."""

    items: list[Item]
    total: int


Windowed = Callable[[int, int], Window]
"""Returns so many items of a list from an offset on."""


def cut(items: Iterable[Item], offset: int, size: int) -> Window:
    """Return a window of items, holding no more than that in memory.

    Args:
        items: The list, in order.
        offset: How many items stand before the window.
        size: Items of the window.
    """
    kept: list[Item] = []
    total = 0
    for total, item in enumerate(items, 1):
        if offset < total <= offset + size:
            kept.append(item)
    return Window(kept, total)


def read(ranges: Sequence[KeyRange], number: int, size: int) -> Page:
    """Return one page of everything that stands in some ranges of one partition.

    Args:
        ranges: The ranges, in order and apart from each other; none have nothing.
        number: Which page, from 0.
        size: Items on a page.

    Raises:
        ThrottledError, UnavailableError: The table could not be read.
    """
    found = window(ranges, number * size, size)
    return Page(found.items, number, size, found.total)


def window(ranges: Sequence[KeyRange], offset: int, size: int) -> Window:
    """Return some of what stands in some ranges of one partition, from an offset on.

    Args:
        ranges: The ranges, in order and apart from each other; none have nothing.
        offset: How many items stand before the window.
        size: Items of the window.

    Raises:
        ThrottledError, UnavailableError: The table could not be read.
    """
    for _ in range(TRIES if ranges else 0):
        try:
            return _window(ranges, offset, size)
        except OutdatedError:
            continue
    if ranges:
        raise ThrottledError
    return Window([], 0)


def _window(ranges: Sequence[KeyRange], offset: int, size: int) -> Window:
    """Return a window of one range or more.

    Raises:
        OutdatedError: The directory was written between two reads of it.
    """
    found, short = _look(ranges)
    if found is None:
        return cut(_every(ranges, short), offset, size)
    return _Reader(found, ranges, short).window(offset, size)


def _counts(ranges: Sequence[KeyRange]) -> list[int]:
    """Return how many items each range has.

    Raises:
        OutdatedError: The directory was written between two reads of it.
    """
    found, short = _look(ranges)
    if found is None:
        return [len(short[r]) if r in short else dynamodb.count(r) for r in ranges]
    return _Reader(found, ranges, short).counts()


def _look(
    ranges: Sequence[KeyRange],
) -> tuple[Directory | None, dict[KeyRange, list[Item]]]:
    """Return the directory of ranges, if it is ready, and the items of those that are short."""
    look = partial(page_index.read, ranges[0].partition)
    if len(ranges) <= FEW:
        return _if_ready(look()), {}
    if _stand_together(ranges):
        around = KeyRange(ranges[0].partition, ranges[0].first, ranges[-1].last)
        found, slice_ = together([look, partial(dynamodb.query, around, limit=PROBED_TOGETHER + 1)])
        if slice_.last is None:
            return _if_ready(found), {r: _within(r, slice_.items) for r in ranges}
    found, *probes = together(
        [look, *(partial(dynamodb.query, r, limit=PROBED + 1) for r in ranges)]
    )
    probed = zip(ranges, probes, strict=True)
    return _if_ready(found), {r: slice_.items for r, slice_ in probed if slice_.last is None}


def _if_ready(found: Directory | None) -> Directory | None:
    return found if found is not None and found.ready else None


def _stand_together(ranges: Sequence[KeyRange]) -> bool:
    """Tell whether ranges are of one application or entity, so that little may be around them."""
    starts = {(key_range.first or "").partition(SEPARATOR)[0] for key_range in ranges}
    return len(starts) == 1 and all(SEPARATOR in (key_range.first or "") for key_range in ranges)


def _within(key_range: KeyRange, items: Iterable[Item]) -> list[Item]:
    first, last = key_range.first or "", key_range.last
    return [item for item in items if first <= item["SK"] and (last is None or item["SK"] <= last)]


def total(ranges: Sequence[KeyRange]) -> int:
    """Return how many items stand in some ranges of one partition, as cheaply as a page.

    Raises:
        ThrottledError, UnavailableError: The table could not be read.
    """
    return window(ranges, 0, 0).total


def counts(ranges: Sequence[KeyRange]) -> list[int]:
    """Return how many items each of some ranges of one partition has, as cheaply as one list.

    Raises:
        ThrottledError, UnavailableError: The table could not be read.
    """
    for _ in range(TRIES):
        try:
            return _counts(ranges)
        except OutdatedError:
            continue
    raise ThrottledError


def _every(ranges: Iterable[KeyRange], short: Mapping[KeyRange, list[Item]]) -> Iterator[Item]:
    """Yield all items of ranges in order; the short ones were read already."""
    for key_range in ranges:
        known = short.get(key_range)
        yield from dynamodb.query_all(key_range) if known is None else known


# --- long lists ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Bounds:
    """What the directory alone tells of a range: in which buckets it begins and ends.

    Where the range has no bound on a side, the bucket there is an empty one, all of it outside.
    """

    key_range: KeyRange
    low: Span
    high: Span

    @property
    def most(self) -> int:
        """How many items it has at most: all of both buckets."""
        return self.high.before + (self.high.count or 0) - self.low.before

    @property
    def least(self) -> int:
        """How many items it has at least: none of either bucket."""
        return max(0, self.most - (self.low.count or 0) - (self.high.count or 0))

    def outside(self, bucket: Span, bound: str | None) -> KeyRange | None:
        """Return the part of a bucket from its beginning to one of the range's bounds."""
        if bound is None:
            return None
        return KeyRange(self.key_range.partition, bucket.start or None, bound)


class _Reader:
    """Reads a page of ranges whose partition has a directory.

    The calls stand in four rows, each made side by side: the groups (before); the buckets of the
    groups where the ranges begin and end; what the ranges have of the buckets they share, with
    the buckets of the groups where the page may begin; the page.
    """

    def __init__(
        self, found: Directory, ranges: Sequence[KeyRange], short: Mapping[KeyRange, list[Item]]
    ) -> None:
        self._found = found
        self._ranges = ranges
        self._short = short
        self._buckets: dict[Span, list[Span]] = {}
        self._short_items = page_index.sizes.short // max(1, len(ranges) - len(short))

    def window(self, offset: int, size: int) -> Window:
        """Return a window of the ranges."""
        self._fetch(self._edges())
        bounds = [self._bounds(key_range) for key_range in self._ranges]
        parts = self._measured(bounds, (offset, offset + size))
        count = sum(part.count for part in parts)
        items = self._items(parts, offset, size)
        return Window(items, count)

    def counts(self) -> list[int]:
        """Return how many items each range has."""
        self._fetch(self._edges())
        bounds = [self._bounds(key_range) for key_range in self._ranges]
        return [part.count for part in self._measured(bounds, ())]

    def _edges(self) -> set[Span]:
        ends = (end for r in self._ranges if r not in self._short for end in (r.first, r.last))
        return {page_index.holding(self._found.groups, end) for end in ends if end is not None}

    def _fetch(self, groups: Iterable[Span]) -> None:
        missing = [group for group in groups if group not in self._buckets]
        together([partial(self._fetch_one, group) for group in missing])

    def _fetch_one(self, group: Span) -> None:
        self._buckets[group] = page_index.buckets(self._found.partition, group)

    def _bucket_at(self, bound: str) -> Span:
        group = page_index.holding(self._found.groups, bound)
        return page_index.holding(self._buckets[group], bound)

    def _bounds(self, key_range: KeyRange) -> _Bounds:
        if key_range in self._short:
            whole = Span("", None, len(self._short[key_range]), 0, 0)
            return _Bounds(key_range, replace(whole, count=0), whole)
        below = Span("", "", 0, 0, 0)
        above = Span("", None, 0, 0, self._found.total)
        return _Bounds(
            key_range,
            below if key_range.first is None else self._bucket_at(key_range.first),
            above if key_range.last is None else self._bucket_at(key_range.last),
        )

    def _measured(self, bounds: list[_Bounds], offsets: Iterable[int]) -> list["_Part"]:
        """Count the ranges, and fetch the buckets among which offsets may fall meanwhile."""
        candidates = (group for offset in offsets for group in self._candidates(bounds, offset))
        calls: list[Callable[[], Any]] = [
            partial(self._fetch_one, group)
            for group in dict.fromkeys(candidates)
            if group not in self._buckets
        ]
        fetches = len(calls)
        calls += [partial(self._part, bound) for bound in bounds]
        parts: list[_Part] = together(calls)[fetches:]
        return parts

    def _candidates(self, bounds: list[_Bounds], offset: int) -> list[Span]:
        """Return the groups among which an offset of the list may fall, before it is counted."""
        earliest = latest = offset
        groups: list[Span] = []
        for bound in bounds:
            if latest >= 0 and earliest < bound.most and not self._is_short(bound):
                lowest = bound.low.before + max(0, earliest)
                highest = bound.low.before + (bound.low.count or 0) + max(0, latest)
                groups += [
                    group
                    for group in self._found.groups
                    if group.before <= highest and lowest < group.before + (group.count or 0)
                ]
            earliest, latest = earliest - bound.most, latest - bound.least
        return groups

    def _is_short(self, bound: _Bounds) -> bool:
        """Tell whether a range is read as it is: a client sees its own last write there.

        Several ranges share what may be read like that, so that all of them cost no more than one.
        One of a single key is not counted, as its bounds are no bounds between keys.
        """
        _, first, last = bound.key_range
        if first is None and last is None:
            return bound.most <= page_index.sizes.small
        return first == last or bound.most <= self._short_items

    def _part(self, bound: _Bounds) -> "_Part":
        items = self._short.get(bound.key_range)
        if items is not None:
            return _Part(bound.key_range, len(items), items, 0, bound.high)
        if self._is_short(bound):
            items = list(dynamodb.query_all(bound.key_range))
            return _Part(bound.key_range, len(items), items, 0, bound.high)
        before, after = together(
            [
                partial(_count, bound.outside(bound.low, bound.key_range.first)),
                partial(_count, bound.outside(bound.high, bound.key_range.last)),
            ]
        )
        rank = bound.low.before + before
        count = max(0, bound.high.before + after - rank)
        return _Part(bound.key_range, count, None, rank, bound.high)

    def _items(self, parts: list["_Part"], offset: int, size: int) -> list[Item]:
        calls: list[Callable[[], list[Item]]] = []
        end = offset + size
        for part in parts:
            if offset < max(1, part.count) and end > 0:
                calls.append(
                    partial(self._take, part, max(0, offset), end if end < part.count else None)
                )
            offset, end = offset - part.count, end - part.count
        return [item for items in together(calls) for item in items]

    def _take(self, part: "_Part", offset: int, end: int | None) -> list[Item]:
        """Return the items of a part from one offset to another, or to its end."""
        if part.items is not None:
            return part.items[offset:end]
        count = (part.count if end is None else end) - offset
        until = None if end is None else self._place(part, end)
        return _between(part.key_range, self._place(part, offset), until, count)

    def _place(self, part: "_Part", offset: int) -> "_Place":
        rank = part.rank + offset
        if rank >= part.high.before:
            bucket, end = part.high, part.key_range.last
        else:
            group = page_index.at_rank(self._found.groups, rank)
            self._fetch([group])
            bucket = page_index.at_rank(self._buckets[group], rank)
            end = bucket.end
        if bucket.before <= part.rank:
            return _Place(part.key_range.first or "", end, offset)
        return _Place(bucket.start, end, rank - bucket.before)


@dataclass(frozen=True)
class _Part:
    """A range that was counted.

    Attributes:
        key_range: The range.
        count: How many items it has.
        items: All of them, where they are few.
        rank: How many items of the partition stand before it.
        high: The bucket in which it ends.
    """

    key_range: KeyRange
    count: int
    items: list[Item] | None
    rank: int
    high: Span


@dataclass(frozen=True)
class _Place:
    """A place between items: behind the first ones of a bucket, but not beyond its end.

    Attributes:
        start: Where the bucket begins, or the range within it; "" is below every key.
        end: Where it ends; None where the partition does.
        skipped: How many of its items stand before the place.
    """

    start: str
    end: str | None
    skipped: int


def _count(key_range: KeyRange | None) -> int:
    return 0 if key_range is None else dynamodb.count(key_range)


def _between(key_range: KeyRange, begin: _Place, until: _Place | None, count: int) -> list[Item]:
    """Return the items between two places of a range, reading one more where the counts are right.

    Args:
        key_range: The range.
        begin: Where to begin.
        until: Where to end; None for the range's end.
        count: How many items are expected.
    """
    end = key_range.last
    if until is not None:
        end = until.end if until.skipped else until.start
    looked_at = key_range._replace(first=begin.start or None, last=end)
    items: list[Item] = []
    after, limit = None, begin.skipped + count + 1
    while True:
        found = dynamodb.query(looked_at, after=after, limit=limit)
        items += found.items
        after, limit = found.last, SURPLUS
        first, last = _at(items, begin), len(items)
        if until is not None and until.skipped:
            last = _at(items, until)
        if after is None or last < len(items) or last - first >= count + SURPLUS:
            return items[first : min(last, first + count + SURPLUS)]


def _at(items: list[Item], place: _Place) -> int:
    """Return how many of a range's first items stand before a place, as far as they tell."""
    start, end = (
        bisect_left(items, bound, key=itemgetter("SK")) if bound is not None else len(items)
        for bound in (place.start, place.end)
    )
    return min(start + place.skipped, end)
