"""The primary keys of page indexes (package ``paging``).

All items of a page index share one partition, named for the partition that it counts: its **root**
at ``G``, its **groups** at ``G#<start>`` and their **blocks** at ``B#<start>``. A start is a bound
made by ``key_order``, or empty for the first of them.
"""

from provisioning.table.page_index_types import PageIndexRoot, PageIndexSpan
from provisioning.table.primary_keys import Key, KeyRange
from provisioning.table.primary_keys import partition as account_partition


def counted_partitions(account_id: str) -> list[str]:
    """Return the partitions of an account whose items are counted by page indexes."""
    return [account_partition(account_id, collection) for collection in _COUNTED]


_COUNTED = (
    "APPLICATION",
    "ENTITY",
    "ASSOCIATION",
    "ENTITYLINK",
    "RESOURCELINK",
    "APIKEY",
    "OPERATION",
    "OPERATIONLINK",
)


def root(partition: str) -> Key[PageIndexRoot]:
    """Return the key of the root of a partition's page index."""
    return Key(f"{partition}#PAGEINDEX", "G")


GROUP, BLOCK = "G#", "B#"
"""The prefixes of the sort keys of groups and blocks."""


def everything(partition: str) -> KeyRange:
    """Return the range of all items of a partition's page index."""
    return KeyRange(f"{partition}#PAGEINDEX")


def groups(partition: str) -> KeyRange:
    """Return the range of the root and the groups of a partition's page index."""
    return KeyRange(f"{partition}#PAGEINDEX", "G", "G$")


def group(partition: str, start: str) -> Key[PageIndexSpan]:
    """Return the key of the group that begins at a bound."""
    return Key(f"{partition}#PAGEINDEX", GROUP + start)


def block(partition: str, start: str) -> Key[PageIndexSpan]:
    """Return the key of the block that begins at a bound."""
    return Key(f"{partition}#PAGEINDEX", BLOCK + start)


def blocks(partition: str, start: str, end: str | None) -> KeyRange:
    """Return the range of the blocks that begin at ``start`` or later and before ``end``."""
    last = "B$" if end is None else BLOCK + end
    return KeyRange(f"{partition}#PAGEINDEX", BLOCK + start, last)


def start_of(sort_key: str) -> str:
    """Return the bound at which a group or block begins, from its sort key."""
    return sort_key[len(BLOCK) :]
