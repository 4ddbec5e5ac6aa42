"""The page index: counts by which any page of a large partition is found in a few reads.

A partition that has grown beyond ``Sizes.small`` items has a page index. Its sort keys are cut into
**blocks** of at most ``Sizes.block`` items, each an item of its own with the block's count, and
runs of at most ``Sizes.group`` blocks into **groups**, each with the sum of its blocks. A page is
found by reading the groups (one Query), the blocks of one group (one Query) and then the block
where the page begins. A million items make about 200 groups of about 100 blocks.

Counts are maintained by recounting (module ``recount``): for each stream record of an item, the
block that contains the item's key is counted again with a consistent read, and the count is
written if nobody has written the block since it was read. So a count was right at some moment,
and every change of an item is followed by a later recount. When nothing is left to process all
counts are exact, whatever the order and number of deliveries.

Blocks and groups begin at bounds that no item's key equals, and end where the next one begins.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from provisioning.paging import spans
from provisioning.paging.spans import Span
from provisioning.table import page_index_keys, reads
from provisioning.table.items import Item
from provisioning.table.page_index_types import PageIndexRoot, PageIndexSpan
from provisioning.table.primary_keys import KeyRange

BUILDING, READY = "BUILDING", "READY"
CLEARING = "CLEARING"
"""State of a root whose broken page index is being deleted."""

_WITH_A_GROUP = 2


class OutdatedError(Exception):
    """What was read of a page index has been written by another worker since, or is broken."""


@dataclass(frozen=True)
class PageIndex:
    """The root and the groups of a page index."""

    partition: str
    root: PageIndexRoot
    groups: list[Span]

    @property
    def is_ready(self) -> bool:
        """Whether it is complete, so that its counts can be used."""
        return self.root["state"] == READY

    @property
    def total(self) -> int:
        """The number of items in the partition."""
        return self.groups[-1].before + (self.groups[-1].count or 0)


def read(partition: str) -> PageIndex | None:
    """Return the page index of a partition; None if it has none, or a broken one."""
    found = read_items(page_index_keys.groups(partition))
    # One that is created or removed during the read may be seen in part.
    if len(found) < _WITH_A_GROUP or found[0].get("state") not in {BUILDING, READY}:
        return None
    root, groups = cast("PageIndexRoot", found[0]), found[1:]
    if page_index_keys.start_of(groups[0]["SK"]) or not all(map(is_counted, groups)):
        return None
    return PageIndex(partition, root, spans.from_items(cast("list[PageIndexSpan]", groups), None))


def blocks(partition: str, group: Span) -> list[Span]:
    """Return the blocks of a group in order.

    Raises:
        OutdatedError: A block no longer begins where the group begins or ends, or one is broken.
    """
    items = read_items(page_index_keys.blocks(partition, group.start, group.end))
    if not all(map(is_span, items)):
        raise OutdatedError
    found = spans.from_items(cast("list[PageIndexSpan]", items), None, group.before)
    if not found or found[0].start != group.start:
        raise OutdatedError
    if group.end is None:
        return found
    # The first block after the group was read too. If it is missing, the last block of the group
    # may have been merged with it, and would be counted to the wrong end.
    if found[-1].start != group.end:
        raise OutdatedError
    return found[:-1]


def read_items(key_range: KeyRange) -> list[Item]:
    """Return items of a page index; none if one has a number that is not an integer."""
    try:
        return list(reads.query_all(key_range))
    except ValueError:
        return []


def is_span(item: Mapping[str, Any]) -> bool:
    """Return whether an item has the attributes of a group or block."""
    return type(item.get("version")) is int and type(item.get("count", 0)) is int


def is_counted(item: Mapping[str, Any]) -> bool:
    """Return whether an item has the attributes of a group or block that was counted."""
    return is_span(item) and "count" in item
