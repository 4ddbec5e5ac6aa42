"""The consistency check: compares page indexes and resource links with the items, and repairs them.

Everything is read while the system runs, so a difference may only mean that the stream is behind.
It is reported if it is the same after the stream has had time to catch up.
"""

import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice

from provisioning.core import identities
from provisioning.paging import check as page_index_check
from provisioning.paging import rebuild as page_index_rebuild
from provisioning.paging.check import Difference
from provisioning.projections import resource_links
from provisioning.resources import association_items
from provisioning.table import items, keys, page_index_keys, reads, writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.items import Item
from provisioning.table.primary_keys import Key, KeyRange

SETTLE_SECONDS = 15.0
"""Seconds that the stream is given to catch up: several times its usual delay."""
_READ_AT_ONCE = 100


def check(account_id: str, settle_seconds: float = SETTLE_SECONDS) -> list[Difference]:
    """Return what is wrong with the page indexes and resource links of an account.

    Args:
        account_id: The account.
        settle_seconds: How long to wait before looking again at what seems wrong.

    Raises:
        ThrottledError, UnavailableError: The table could not be read.
    """
    suspected = set(differences(account_id))
    if not suspected:
        return []
    time.sleep(settle_seconds)
    return sorted(suspected & set(differences(account_id)))


def differences(account_id: str) -> Iterator[Difference]:
    """Yield what differs at this moment, if only because the stream is behind.

    Raises:
        ThrottledError, UnavailableError: The table could not be read.
    """
    for partition in page_index_keys.counted_partitions(account_id):
        yield from page_index_check.differences(partition)
    for key in _missing_or_wrong(account_id):
        yield Difference(key.partition, "resourceLink", key.sort, 0, 1)
    for key in _superfluous(account_id):
        yield Difference(key.partition, "resourceLink", key.sort, 1, 0)


def _missing_or_wrong(account_id: str) -> Iterator[Key]:
    """Yield the key of every resource link that is missing or differs from its association."""
    for found in _batches(keys.associations(account_id)):
        wanted = {items.key_of(link): link for link in (_link(account_id, item) for item in found)}
        stored = reads.batch_get(wanted)
        yield from (key for key, link in wanted.items() if stored.get(key) != link)


def _superfluous(account_id: str) -> Iterator[Key]:
    """Yield the key of every item among the resource links that should not be there."""
    for found in _batches(keys.all_resource_links(account_id)):
        wrong = [item for item in found if not _is_resource_link(account_id, item)]
        yield from map(items.key_of, wrong)
        links = {_association_key(account_id, item): item for item in found if item not in wrong}
        existing = reads.batch_get(links)
        yield from (items.key_of(links[key]) for key in links.keys() - existing.keys())


def _batches(key_range: KeyRange) -> Iterator[list[Item]]:
    found = reads.query_all(key_range)
    while batch := list(islice(found, _READ_AT_ONCE)):
        yield batch


def _link(account_id: str, association: Item) -> Item:
    return association_items.resource_link(account_id, identities.of(association))


def _is_resource_link(account_id: str, item: Item) -> bool:
    """Return whether an item is a complete resource link under the right key."""
    try:
        return _link(account_id, item) == item
    except KeyError:
        return False


def _association_key(account_id: str, link: Item) -> Key:
    return association_items.key_of(account_id, identities.of(link))


def rebuild(account_id: str) -> None:
    """Rebuild the page indexes and resource links of an account, while the system runs.

    Resource links are made to match the associations, and every block is counted again. A page
    index that is missing or broken is started, and built from its stream record.

    Raises:
        ThrottledError, UnavailableError: The table could not be read or written; what was done
            remains.
    """
    for found in _batches(keys.associations(account_id)):
        _update(account_id, found)
    for found in _batches(keys.all_resource_links(account_id)):
        wrong = [item for item in found if not _is_resource_link(account_id, item)]
        _update(account_id, [item for item in found if item not in wrong])
        for item in wrong:
            _delete_unchanged(item)
    for partition in page_index_keys.counted_partitions(account_id):
        page_index_rebuild.rebuild(partition)


def _update(account_id: str, found: list[Item]) -> None:
    changed = {_association_key(account_id, item): identities.of(item) for item in found}
    resource_links.update(account_id, changed)


def _delete_unchanged(item: Item) -> None:
    """Delete an item, unless another one has been written in its place."""
    content = {name: item[name] for name in item.keys() - {"PK", "SK"}}
    with suppress(ConditionFailedError):
        writes.execute(writes.delete(items.key_of(item), **content))
