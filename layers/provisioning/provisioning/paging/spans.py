"""Spans: the groups and blocks of a page index."""

import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from provisioning.table import page_index_keys
from provisioning.table.page_index_types import PageIndexSpan
from provisioning.table.primary_keys import KeyRange

_VERSION_BITS = 52


@dataclass(frozen=True)
class Span:
    """A group or a block: an interval of sort keys and the number of items in it.

    Attributes:
        start: The bound where it begins; "" is below every key.
        end: The bound where it ends; None is above every key.
        count: The number of items; None if a block was not counted yet.
        version: Incremented by each write.
        before: The number of items of the partition before it.
    """

    start: str
    end: str | None
    count: int | None
    version: int
    before: int

    def key_range(self, partition: str) -> KeyRange:
        """Return the key range of its items."""
        return KeyRange(partition, self.start or None, self.end)


def new_span(start: str, end: str | None, count: int | None) -> Span:
    """Return a new group or block.

    Its version is random, so a writer that read a deleted one cannot overwrite its successor.
    """
    return Span(start, end, count, secrets.randbits(_VERSION_BITS), 0)


def from_items(items: Sequence[PageIndexSpan], end: str | None, before: int = 0) -> list[Span]:
    """Return adjacent groups or blocks from their items.

    Args:
        items: The items, in order.
        end: Where the last one ends.
        before: The number of the partition's items before the first one.
    """
    starts = [page_index_keys.start_of(item["SK"]) for item in items]
    found: list[Span] = []
    for item, start, next_start in zip(items, starts, [*starts[1:], end], strict=False):
        count = item.get("count")
        found.append(Span(start, next_start, count, item["version"], before))
        before += count or 0
    return found


def containing(spans: Sequence[Span], sort_key: str) -> Span:
    """Return the one of adjacent spans that contains a sort key or a bound."""
    return next(span for span in reversed(spans) if span.start <= sort_key)


def at_rank(spans: Sequence[Span], rank: int) -> Span:
    """Return the one of adjacent spans that contains the item with ``rank`` items before it."""
    return next(span for span in reversed(spans) if span.before <= rank)


def total(spans: Iterable[Span]) -> int:
    """Return the number of items in all spans."""
    return sum(span.count or 0 for span in spans)
