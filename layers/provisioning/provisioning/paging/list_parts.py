"""The parts of a list, one for each of its key ranges, before and after they are counted."""

from dataclasses import dataclass

from provisioning.paging.places import Place
from provisioning.paging.spans import Span
from provisioning.table.items import Item
from provisioning.table.primary_keys import KeyRange


@dataclass(frozen=True)
class RangeBounds:
    """A key range, and the blocks in which it begins and ends.

    If the range has no bound on a side, the block there is an empty one outside of it.
    """

    key_range: KeyRange
    low: Span
    high: Span

    @property
    def most(self) -> int:
        """The number of items that it has at most: all of both blocks."""
        return self.high.before + (self.high.count or 0) - self.low.before

    @property
    def least(self) -> int:
        """The number of items that it has at least: none of either block."""
        return max(0, self.most - (self.low.count or 0) - (self.high.count or 0))

    def before_first(self) -> KeyRange | None:
        """Return the part of its lower block that is before the range."""
        return self._start_of(self.low, self.key_range.first)

    def up_to_last(self) -> KeyRange | None:
        """Return the part of its upper block up to the end of the range."""
        return self._start_of(self.high, self.key_range.last)

    def _start_of(self, block: Span, bound: str | None) -> KeyRange | None:
        if bound is None:
            return None
        return KeyRange(self.key_range.partition, block.start or None, bound)


@dataclass(frozen=True)
class ListPart:
    """A key range that was counted.

    Attributes:
        key_range: The range.
        count: The number of its items.
        items: All of them, if they are few.
        rank: The number of the partition's items before it.
        high: The block in which it ends.
    """

    key_range: KeyRange
    count: int
    items: list[Item] | None
    rank: int
    high: Span

    def first_place(self, offset: int, end: str | None) -> Place:
        """Return the place after some items from the beginning of the range."""
        return Place(self.key_range.first or "", end, offset)
