"""Pages of a list: the results of one page, and the number of results in all.

A list is one key range of a partition, or several in a row. A short list is read whole, so clients
see their own last write. Of a long list only the page index and the surroundings of the page are
read (module ``indexed_list``): for any page at most four calls one after the other.

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
from provisioning.paging import page_index, sizes
from provisioning.paging.indexed_list import IndexedList
from provisioning.paging.page_index import OutdatedError
from provisioning.table import reads
from provisioning.table.primary_keys import KeyRange
from provisioning.table.retries import retry_on_conflict

PROBED = 20
"""Items that are read of each range of a list with many, to see whether it has more."""
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
    """

    items: list[ItemT]
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


def cut(
    items: Iterable[ItemT],
    number: int,
    size: int,
    matches: Callable[[ItemT], bool] = lambda _: True,
) -> Page[ItemT]:
    """Return one page of the items that match, keeping no more than that page in memory.

    Args:
        items: The list, in order.
        number: The page's number, from 0.
        size: Items on a page.
        matches: Tells which items belong to the list.
    """
    kept: list[ItemT] = []
    total = 0
    for item in items:
        if matches(item):
            if total // size == number:
                kept.append(item)
            total += 1
    return Page(kept, number, size, total)


def page(
    ranges: Sequence[KeyRange[ItemT]],
    number: int,
    size: int,
    while_small: Callable[[], Iterable[ItemT]] | None = None,
) -> Page[ItemT]:
    """Return one page of all items in some key ranges of one partition.

    Args:
        ranges: The key ranges, in order and without overlap; none give an empty list.
        number: The page's number, from 0.
        size: Items on a page.
        while_small: Returns the same list from another place while the partition is small. Used
            if the ranges hold copies, which can be behind the items that they were copied from.

    Raises:
        ThrottledError, UnavailableError: The table could not be read.
    """
    if not ranges:
        return Page([], number, size, 0)
    return retry_on_conflict(
        lambda: _page(ranges, number, size, while_small), conflict=OutdatedError
    )


def _page(
    ranges: Sequence[KeyRange[ItemT]],
    number: int,
    size: int,
    while_small: Callable[[], Iterable[ItemT]] | None,
) -> Page[ItemT]:
    """Return a page of one range or more.

    Raises:
        OutdatedError: The page index was written between two reads of it.
    """
    calls: list[Callable[[], Any]] = [partial(page_index.read, ranges[0].partition)]
    if len(ranges) > FEW:
        calls += [partial(reads.query, each, limit=PROBED + 1) for each in ranges]
    index, *probes = together(calls)
    if index is None and while_small is not None:
        return cut(while_small(), number, size)
    known = {
        each: probe.items for each, probe in zip(ranges, probes, strict=False) if probe.last is None
    }
    if index is None or not index.is_ready:
        return cut(_all_items(ranges, known), number, size)
    items: Any
    items, count = IndexedList(index, ranges, known).page(number * size, size)
    return Page(items, number, size, count)


def total(ranges: Sequence[KeyRange]) -> int:
    """Return the number of items in some key ranges of one partition, at the cost of a page.

    Raises:
        ThrottledError, UnavailableError: The table could not be read.
    """
    return page(ranges, 0, 1).total


def is_short(count: int) -> bool:
    """Return whether a range with so many items is read whole: clients see their own writes."""
    return count <= sizes.current.short


def is_indexed(partition: str) -> bool:
    """Return whether a partition is so large that its pages are found by a page index.

    Raises:
        ThrottledError, UnavailableError: The table could not be read.
    """
    return page_index.read(partition) is not None


def _all_items(
    ranges: Iterable[KeyRange[ItemT]], known: Mapping[KeyRange[ItemT], list[ItemT]]
) -> Iterator[ItemT]:
    """Yield all items of key ranges in order, without reading the known ones again."""
    for key_range in ranges:
        items = known.get(key_range)
        yield from reads.query_all(key_range) if items is None else items
