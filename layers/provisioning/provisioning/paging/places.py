"""Places between the items of a partition, and the items between two places."""

from bisect import bisect_left
from dataclasses import dataclass
from operator import itemgetter

from provisioning.table import reads
from provisioning.table.items import Item
from provisioning.table.primary_keys import KeyRange

SURPLUS = 5000
"""Items that a page has beyond its size at most, if the counts are behind."""
SURPLUS_CHARACTERS = 2**20
"""Characters of these items, in all attributes, after which no more are read: a response has room
for 6 MB (AWS, "Lambda quotas"), and most characters take one byte, few take four."""


@dataclass(frozen=True)
class Place:
    """A place between items: after the first ones of a block, but not after its end.

    Attributes:
        start: Where the block begins, or the range within it; "" is below every key.
        end: Where the block ends; None is the end of the partition.
        skipped: The number of its items before the place.
    """

    start: str
    end: str | None
    skipped: int


def items_between(key_range: KeyRange, begin: Place, until: Place | None, count: int) -> list[Item]:
    """Return the items between two places, or to the end of a range; usually in one call."""
    end = key_range.last
    if until is not None:
        end = until.end if until.skipped else until.start
    examined = key_range._replace(first=begin.start or None, last=end)
    items: list[Item] = []
    after, limit = None, begin.skipped + count + 1
    while True:
        found = reads.query(examined, after=after, limit=limit)
        items += found.items
        after, limit = found.last, SURPLUS
        first, last = _position(items, begin), len(items)
        if until is not None and until.skipped:
            last = _position(items, until)
        if after is None or last < len(items) or _is_too_long(items[first + count : last]):
            return items[first : min(last, first + count + SURPLUS)]


def _is_too_long(surplus: list[Item]) -> bool:
    """Return whether a page has so much beyond its size that it must end."""
    return (
        len(surplus) >= SURPLUS
        or sum(len(value) for item in surplus for value in item.values() if isinstance(value, str))
        > SURPLUS_CHARACTERS
    )


def _position(items: list[Item], place: Place) -> int:
    """Return how many of the first items of a range are before a place."""
    start, end = (
        bisect_left(items, bound, key=itemgetter("SK")) if bound is not None else len(items)
        for bound in (place.start, place.end)
    )
    return min(start + place.skipped, end)
