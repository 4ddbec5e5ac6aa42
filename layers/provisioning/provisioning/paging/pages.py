"""Pages of a list: the results of one page, and the number of results in all.

A list is one key range of a partition, or several in a row. A short list is read whole, so clients
see their own last write. Of a long list only the page index and the surroundings of the page are
read (module ``indexed_list``): for any page at most four calls one after the other, or five for the
list of an application and an entity together, whose short form is tried first.

A page never skips or repeats an item, even if counts are behind. It begins at a place between
items, which depends only on the counts and the page's number, and it ends at the place where by the
same rule the next page begins. So a page has what is between two places, even if that is more or
less than its size; only the total, and with it the number of pages, is wrong.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

from provisioning.core.threads import together
from provisioning.paging import lag, page_index
from provisioning.paging.indexed_list import IndexedList, Keep, everything
from provisioning.paging.page_index import OutdatedError, PageIndex
from provisioning.table import reads
from provisioning.table.primary_keys import SEPARATOR, KeyRange
from provisioning.table.retries import retry_on_conflict

TOTALS_AGE = "Totals-Age"
"""The header of a list whose total is behind."""
PROBED = 20
"""Items that are read of each range of a list with many, to see whether it has more."""
PROBED_TOGETHER = 60
"""Items that are read of all that is around the ranges of one application or entity."""
FEW = 2
"""Ranges of a list up to which the page index is read at once; more are mostly short ones."""


ItemT = TypeVar("ItemT", bound=Mapping[str, Any])
"""The type of a list's items."""


@dataclass(frozen=True)
class Page(Generic[ItemT]):
    """One page of a list.

    Attributes:
        items: The items of the page, in the list's order.
        number: The page's number, from 0.
        size: The number of items on a full page.
        total: The number of items in the whole list.
        age: By how many seconds the total may be behind, if it is known to be.
    """

    items: list[ItemT]
    number: int
    size: int
    total: int
    age: int | None = None

    def headers(self) -> dict[str, str]:
        """Return the header that says how old the total is, if it is behind."""
        return {} if self.age is None else {TOTALS_AGE: str(self.age)}

    def paging(self) -> dict[str, int]:
        """Return the contract's ``paging`` object."""
        return {
            "page": self.number,
            "size": self.size,
            "totalPages": -(-self.total // self.size),
            "totalResults": self.total,
        }


@dataclass(frozen=True)
class Window(Generic[ItemT]):
    """Some items of a list, and the number of items in the whole list.

    Attributes:
        items: The items.
        total: The number of items in the whole list.
        age: By how many seconds the total may be behind, if it is known to be.
    """

    items: list[ItemT]
    total: int
    age: int | None = None


Windowed = Callable[[int, int], Window[ItemT]]
"""Returns a number of items of a list from an offset on."""


def cut(items: Iterable[ItemT], offset: int, size: int) -> Window[ItemT]:
    """Return a window of some items, keeping no more than that in memory."""
    kept: list[ItemT] = []
    total = 0
    for total, item in enumerate(items, 1):
        if offset < total <= offset + size:
            kept.append(item)
    return Window(kept, total)


def page(ranges: Sequence[KeyRange[ItemT]], number: int, size: int) -> Page[ItemT]:
    """Return page ``number`` (from 0) of all items in some key ranges of one partition.

    The ranges are in order and do not overlap; none give an empty list.
    """
    found = window(ranges, number * size, size)
    return Page(found.items, number, size, found.total, found.age)


def window(
    ranges: Sequence[KeyRange[ItemT]], offset: int, size: int, keep: Keep = everything
) -> Window[ItemT]:
    """Return up to ``size`` items of some key ranges (see ``page``), from an offset on.

    Args:
        ranges: The ranges.
        offset: How many items to skip.
        size: How many items at most.
        keep: Which items to return. The others do not count where a range is read whole. The total
            of a longer range has them, and its part of the window is short of them.
    """
    if not ranges:
        return Window([], 0)
    return retry_on_conflict(lambda: _window(ranges, offset, size, keep), conflict=OutdatedError)


def _window(ranges: Sequence[KeyRange[ItemT]], offset: int, size: int, keep: Keep) -> Window[ItemT]:
    """Return a window of one range or more."""
    index, known = _look(ranges)
    if index is None:
        return cut(filter(keep, _all_items(ranges, known)), offset, size)
    items: Any
    items, count = IndexedList(index, ranges, known, keep).page(offset, size)
    return Window(items, count, lag.age(index.root))


def total(ranges: Sequence[KeyRange]) -> int:
    """Return the number of items in some key ranges of one partition, at the cost of a page."""
    return window(ranges, 0, 0).total


def counts(ranges: Sequence[KeyRange]) -> list[int]:
    """Return the number of items in each of some key ranges, at the cost of one list."""

    def attempt() -> list[int]:
        index, known = _look(ranges)
        if index is None:
            return [len(known[each]) if each in known else reads.count(each) for each in ranges]
        return IndexedList(index, ranges, known).counts()

    return retry_on_conflict(attempt, conflict=OutdatedError)


def _look(ranges: Sequence[KeyRange]) -> tuple[PageIndex | None, dict[KeyRange, list[Any]]]:
    """Return the page index if it is ready, and all items of the ranges that are short."""
    read_index: Callable[[], Any] = partial(page_index.read, ranges[0].partition)
    if len(ranges) <= FEW:
        return _if_ready(read_index()), {}
    probing: list[Callable[[], Any]] = [
        partial(reads.query, each, limit=PROBED + 1) for each in ranges
    ]
    if _are_close(ranges):
        around: KeyRange = ranges[0]._replace(last=ranges[-1].last)
        reading_around: Callable[[], Any] = partial(reads.query, around, limit=PROBED_TOGETHER + 1)
        index, all_around = together([read_index, reading_around])
        if all_around.last is None:
            return _if_ready(index), {each: _within(each, all_around.items) for each in ranges}
        probes = together(probing)
    else:
        index, *probes = together([read_index, *probing])
    probed = zip(ranges, probes, strict=True)
    return _if_ready(index), {each: probe.items for each, probe in probed if probe.last is None}


def _if_ready(index: PageIndex | None) -> PageIndex | None:
    return index if index is not None and index.is_ready else None


def _are_close(ranges: Sequence[KeyRange]) -> bool:
    """Return whether ranges are of one application or entity, so that little may be around them."""
    starts = [(key_range.first or "").partition(SEPARATOR) for key_range in ranges]
    return all(separator and start == starts[0][0] for start, separator, _ in starts)


def _within(key_range: KeyRange, items: Iterable[Any]) -> list[Any]:
    first, last = key_range.first or "", key_range.last
    return [item for item in items if first <= item["SK"] and (last is None or item["SK"] <= last)]


def _all_items(
    ranges: Iterable[KeyRange[ItemT]], known: Mapping[KeyRange[ItemT], list[ItemT]]
) -> Iterator[ItemT]:
    """Yield all items of key ranges in order, without reading the known ones again."""
    for key_range in ranges:
        items = known.get(key_range)
        yield from reads.query_all(key_range) if items is None else items
