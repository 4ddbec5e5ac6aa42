"""Flaws of a page index: items that this product cannot have written.

Counts are not examined, because a recount corrects them. A flaw cannot be corrected by a recount.
It may be seen for a moment while the page index is being written.
"""

from collections.abc import Iterator

from provisioning.paging.page_index import BUILDING, READY, is_counted, is_span, read_items
from provisioning.table import key_order, page_index_keys, reads
from provisioning.table.items import Item


def find(partition: str) -> str | None:
    """Return the sort key of an item of a page index that is wrong or missing.

    Returns:
        The sort key; None if there is no flaw, or no page index.
    """
    everything = page_index_keys.everything(partition)
    items = {item["SK"]: item for item in read_items(everything)}
    if not items and next(reads.query_sort_keys(everything), None) is None:
        return None
    return next(_flaws(partition, items), None)


def _flaws(partition: str, items: dict[str, Item]) -> Iterator[str]:
    root = page_index_keys.root(partition).sort
    if root not in items or not _is_root(items[root], partition):
        yield root
    groups = [key for key in items if key.startswith(page_index_keys.GROUP)]
    blocks = [key for key in items if key.startswith(page_index_keys.BLOCK)]
    yield from items.keys() - {root, *groups, *blocks}
    yield from (key for key in (page_index_keys.GROUP, page_index_keys.BLOCK) if key not in items)
    for key in groups:
        first_block = page_index_keys.BLOCK + page_index_keys.start_of(key)
        if first_block not in items or not is_counted(items[key]):
            yield key
    # While it is being built, the last block was not counted yet.
    is_building = items.get(root, {}).get("state") == BUILDING
    counted = blocks[:-1] if is_building else blocks
    yield from (key for key in counted if not is_counted(items[key]))
    yield from (key for key in blocks if not is_span(items[key]))
    for key in [*groups, *blocks]:
        if not key_order.is_bound(page_index_keys.start_of(key)):
            yield key


def _is_root(item: Item, partition: str) -> bool:
    if (item.get("type"), item.get("of")) != ("pageIndex", partition):
        return False
    can_continue = (
        type(item.get("sliceNumber")) is int and item.get("working") is True and "open" in item
    )
    return item.get("state") == READY or (item.get("state") == BUILDING and can_continue)
