"""The page directory: how many items stand where, so that any page is found in few reads.

A partition that has grown beyond ``sizes.small`` items has a directory: its sort keys are cut into
**buckets** of at most ``sizes.bucket`` items, each an item of its own with the bucket's count, and
runs of at most ``sizes.group`` buckets into **groups**, each with the sum of its buckets. A page
is found by reading the groups (one Query), the buckets of one group (one Query) and then the
bucket where it begins; for a million items that is some 70 groups of some 100 buckets.

Counts are kept by **recounting** (module ``upkeep``): whoever sees a stream record of an item
counts the bucket that the item's key falls in, with a consistent read, and writes what it found
if nobody has written the bucket since it was read. A count is thus always that of a moment, and
after every change of an item there is a recount that began later: at rest all counts are exact,
however often, late or out of order the records come.

Buckets and groups begin at bounds that no item's key equals, and end where the next one begins.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from provisioning.table import dynamodb, keys
from provisioning.table.dynamodb import Item
from provisioning.table.keys import KeyRange


@dataclass(frozen=True)
class Sizes:
    """How large the parts of a directory are.

    Attributes:
        small: Items up to which a partition has no directory and a list is read as it is: a
            client sees its own last write.
        short: Items up to which the same is done with a range of a partition that has one; fewer,
            as the directory is read too.
        bucket: Items in a bucket at most, else it is split.
        group: Buckets in a group at most, else it is split.
    """

    small: int = 200
    short: int = 150
    bucket: int = 100
    group: int = 128

    @property
    def piece(self) -> int:
        """Items in each bucket that a full one is split into."""
        return self.bucket // 2

    @property
    def sparse(self) -> int:
        """Items below which a bucket is merged with its neighbour."""
        return self.bucket // 8

    @property
    def merged(self) -> int:
        """Items that a bucket may have after a merge, so that it is not split again soon."""
        return self.bucket * 3 // 4

    @property
    def vanish(self) -> int:
        """Items of a partition below which its directory is given up again."""
        return self.small // 2


sizes = Sizes()
"""The sizes in force."""

BUILDING, READY = "BUILDING", "READY"
SWEEPING = "SWEEPING"
"""Not a directory any more, but what was one is still being cleared away."""


class OutdatedError(Exception):
    """What was read of a directory was written by somebody else since, or is broken."""


@dataclass(frozen=True)
class Span:
    """A group or a bucket.

    Attributes:
        start: The bound where it begins; "" is below every key.
        end: The bound where it ends; None is above every key.
        count: How many items it holds; None where a bucket was not counted yet.
        version: Rises whenever it is written.
        before: How many items of the partition stand before it.
    """

    start: str
    end: str | None
    count: int | None
    version: int
    before: int

    def items_in(self, partition: str) -> KeyRange:
        """Return where its items stand."""
        return KeyRange(partition, self.start or None, self.end)


@dataclass(frozen=True)
class Directory:
    """The upper part of a directory: its state, its own item and its groups in order."""

    partition: str
    item: Item
    groups: list[Span]

    @property
    def ready(self) -> bool:
        """Tell whether all its counts can be relied on."""
        return bool(self.item["state"] == READY)

    @property
    def total(self) -> int:
        """Return how many items the partition holds."""
        return self.groups[-1].before + (self.groups[-1].count or 0)


_WITH_A_GROUP = 2


def read(partition: str) -> Directory | None:
    """Return the directory of a partition, or None where it has none, or none that can be read.

    Raises:
        ThrottledError, UnavailableError: The table could not be read.
    """
    found = _items(keys.directory_groups(partition))
    # One that begins or ends just while it is read may be seen in part.
    if len(found) < _WITH_A_GROUP or found[0].get("state") not in {BUILDING, READY}:
        return None
    groups = found[1:]
    if keys.start_of(groups[0]["SK"]) or not all(map(_is_counted, groups)):
        return None
    return Directory(partition, found[0], spans(groups, None))


def buckets(partition: str, group: Span) -> list[Span]:
    """Return the buckets of a group in order.

    Raises:
        OutdatedError: The group does not begin or end where a bucket does any more, or a bucket
            is broken.
        ThrottledError, UnavailableError: The table could not be read.
    """
    within = keys.directory_buckets(partition, group.start, group.end)
    items = _items(within)
    if not all(map(_is_span, items)):
        raise OutdatedError
    found = spans(items, None, group.before)
    if not found or found[0].start != group.start:
        raise OutdatedError
    if group.end is None:
        return found
    # The first bucket behind the group was read too: without it, the last one of the group may
    # have been merged with it, and would be counted to the wrong end.
    if found[-1].start != group.end:
        raise OutdatedError
    return found[:-1]


def spans(items: list[Item], end: str | None, before: int = 0) -> list[Span]:
    """Return the items of groups or buckets that follow one another as spans.

    Args:
        items: The items, in order.
        end: Where the last of them ends.
        before: How many of the partition's items stand before the first.
    """
    starts = [keys.start_of(item["SK"]) for item in items]
    found: list[Span] = []
    for item, start, next_start in zip(items, starts, [*starts[1:], end], strict=False):
        count = item.get("count")
        found.append(Span(start, next_start, count, item["version"], before))
        before += count or 0
    return found


def holding(among: list[Span], sort_key: str) -> Span:
    """Return the one of adjacent spans that a sort key, or a bound, falls in."""
    return next(span for span in reversed(among) if span.start <= sort_key)


def at_rank(among: list[Span], rank: int) -> Span:
    """Return the one of adjacent spans that holds the item with so many items before it."""
    return next(span for span in reversed(among) if span.before <= rank)


# --- what cannot be right ------------------------------------------------------------------------


def _items(key_range: KeyRange) -> list[Item]:
    """Return items of a directory; none where one has a number that is none of this product's."""
    try:
        return list(dynamodb.query_all(key_range))
    except ValueError:
        return []


def _is_span(item: Item) -> bool:
    return type(item.get("version")) is int and type(item.get("count", 0)) is int


def _is_counted(item: Item) -> bool:
    return _is_span(item) and "count" in item


def flaw(partition: str) -> str | None:
    """Return what of a directory this product cannot have written, whatever its counts.

    Counts are not looked at: a recount puts them right. What is found here cannot be recounted,
    and may be seen for a moment where the directory is being written.

    Returns:
        The sort key of an item of the directory that is wrong or missing; None where nothing is,
        or there is no directory.

    Raises:
        ThrottledError, UnavailableError: The table could not be read.
    """
    everything = keys.directory_items(partition)
    items = {item["SK"]: item for item in _items(everything)}
    if not items and next(dynamodb.query_keys(everything), None) is None:
        return None
    return next(_flaws(partition, items), None)


def _flaws(partition: str, items: dict[str, Item]) -> Iterator[str]:
    head = keys.directory(partition).sort
    if head not in items or not _is_head(items[head], partition):
        yield head
    groups = [key for key in items if key.startswith(keys.GROUP)]
    buckets = [key for key in items if key.startswith(keys.BUCKET)]
    yield from items.keys() - {head, *groups, *buckets}
    yield from (key for key in (keys.GROUP, keys.BUCKET) if key not in items)
    yield from (key for key in groups if keys.BUCKET + keys.start_of(key) not in items)
    yield from (key for key in groups if not _is_counted(items[key]))
    # While it is built, the last bucket is what was not counted yet.
    counted = buckets[:-1] if items.get(head, {}).get("state") == BUILDING else buckets
    yield from (key for key in counted if not _is_counted(items[key]))
    yield from (key for key in buckets if not _is_span(items[key]))
    yield from (key for key in [*groups, *buckets] if not keys.is_bound(keys.start_of(key)))


def _is_head(item: Item, partition: str) -> bool:
    if (item.get("type"), item.get("of")) != ("directory", partition):
        return False
    building = type(item.get("turn")) is int and item.get("working") is True and "open" in item
    return item.get("state") == READY or (item.get("state") == BUILDING and building)
