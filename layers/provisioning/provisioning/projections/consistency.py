"""Checks what follows the items (page directories, copies by resource), and puts it right.

All of it is read while the system runs, so what differs may only be behind. It is an error if it
still differs, unchanged, after the stream has had its time; only that is reported.
"""

import time
from collections.abc import Iterator
from contextlib import suppress
from itertools import islice
from typing import NamedTuple

from provisioning.core import identities
from provisioning.paging import page_index, recount
from provisioning.paging.page_index import Directory, OutdatedError, Span
from provisioning.projections import follower
from provisioning.resources import associations
from provisioning.table import dynamodb, keys
from provisioning.table.dynamodb import ConditionFailedError, Item
from provisioning.table.keys import Key, KeyRange

SETTLE_SECONDS = 15.0
"""How long what differs is given to catch up: several times the stream's usual delay."""
_AT_ONCE = 100
_CERTAIN = 2
"""So many times the size from which on a directory is begun, one missing is no chance any more
(``recount.LOOK_ONE_IN``: of 1,000 changes none looks once in 2,500 times)."""


class Difference(NamedTuple):
    """What is not as the items say.

    Attributes:
        partition: The partition that is counted, or that holds the copy.
        what: ``bucket``, ``group``, ``directory`` or ``copy``.
        at: Where the bucket or group begins; the sort key of the copy, or of what is broken or
            missing of a directory.
        recorded: The count, or how many of the copy, or of the directory, there are.
        actual: What that should be.
        version: The version of the bucket or group: another one means that it was written since.
    """

    partition: str
    what: str
    at: str
    recorded: int
    actual: int
    version: int = 0


def check(account_id: str, settle_seconds: float = SETTLE_SECONDS) -> list[Difference]:
    """Return what is wrong with all that follows an account's items.

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
    """Yield what differs at this moment, which may only be behind.

    Raises:
        ThrottledError, UnavailableError: The table could not be read.
    """
    for partition in keys.counted_partitions(account_id):
        yield from miscounted(partition)
    for key, standing in _unlike(account_id):
        yield Difference(key.partition, "copy", key.sort, int(not standing), int(standing))


def miscounted(partition: str) -> Iterator[Difference]:
    """Yield where a partition's directory differs from its items at this moment.

    Raises:
        ThrottledError, UnavailableError: The table could not be read.
    """
    flaw = page_index.flaw(partition)
    if flaw is not None:
        yield Difference(partition, "directory", flaw, 1, 0)
        return
    found = page_index.read(partition)
    if found is None and _is_large(partition):
        yield Difference(partition, "directory", keys.directory(partition).sort, 0, 1)
    if found is not None and found.ready:
        yield from _miscounted(found)


def _miscounted(found: Directory) -> Iterator[Difference]:
    for group in found.groups:
        try:
            among = page_index.buckets(found.partition, group)
        except OutdatedError:
            continue  # it was written just now, on what was counted just now
        total = sum(bucket.count or 0 for bucket in among)
        if total != group.count:
            yield _difference(found.partition, "group", group, total)
        for bucket in among:
            actual = dynamodb.count(bucket.items_in(found.partition))
            if actual != bucket.count:
                yield _difference(found.partition, "bucket", bucket, actual)


def _is_large(partition: str) -> bool:
    """Tell whether a partition ought to have a directory: one is begun sooner or later."""
    most = page_index.sizes.small * _CERTAIN
    return dynamodb.count(KeyRange(partition), limit=most + 1) > most


def _difference(partition: str, what: str, span: Span, actual: int) -> Difference:
    return Difference(partition, what, span.start, span.count or 0, actual, span.version)


def _unlike(account_id: str) -> Iterator[tuple[Key, bool]]:
    """Yield the key of every copy by resource that is missing or differs (True), or is too many
    (False).
    """
    for items in _batches(keys.associations(account_id)):
        copies = [_copy_of(account_id, item) for item in items]
        found = dynamodb.get_many(map(dynamodb.key_of, copies))
        wanted = ((dynamodb.key_of(copy), copy) for copy in copies)
        yield from ((key, True) for key, copy in wanted if found.get(key) != copy)
    for copies in _batches(keys.copies_by_resource(account_id)):
        strange = [copy for copy in copies if not _is_copy(account_id, copy)]
        yield from ((dynamodb.key_of(copy), False) for copy in strange)
        own = {_own_key(account_id, copy): copy for copy in copies if copy not in strange}
        found = dynamodb.get_many(own)
        yield from ((dynamodb.key_of(own[key]), False) for key in own.keys() - found.keys())


def _batches(key_range: KeyRange) -> Iterator[list[Item]]:
    items = dynamodb.query_all(key_range)
    while batch := list(islice(items, _AT_ONCE)):
        yield batch


def _copy_of(account_id: str, item: Item) -> Item:
    return associations.resource_link(account_id, identities.of(item))


def _is_copy(account_id: str, item: Item) -> bool:
    """Tell whether an item is a copy by resource, whole and where it belongs."""
    try:
        return _copy_of(account_id, item) == item
    except KeyError:
        return False


def _own_key(account_id: str, copy: Item) -> Key:
    return associations.key_of(account_id, identities.of(copy))


def rebuild(account_id: str) -> None:
    """Make all that follows an account's items anew, while the system runs.

    Copies are made to match the associations, and every bucket is counted again; a directory that
    is missing or broken is begun, and built by its stream record.

    Raises:
        ThrottledError, UnavailableError: The table could not be worked with; what was done stays.
    """
    for items in _batches(keys.associations(account_id)):
        _copy(account_id, items)
    for items in _batches(keys.copies_by_resource(account_id)):
        _copy(account_id, [item for item in items if _is_copy(account_id, item)])
        for item in items:
            if not _is_copy(account_id, item):
                _remove_strange(item)
    for partition in keys.counted_partitions(account_id):
        recount.recount_all(partition)


def _copy(account_id: str, items: list[Item]) -> None:
    named = {_own_key(account_id, item): identities.of(item) for item in items}
    follower.copy_to_resources(account_id, named)


def _remove_strange(item: Item) -> None:
    """Remove what stands among the copies and is none, unless one has come in its place."""
    content = {name: item[name] for name in item.keys() - {"PK", "SK"}}
    with suppress(ConditionFailedError):
        dynamodb.write(dynamodb.remove(dynamodb.key_of(item), **content))
