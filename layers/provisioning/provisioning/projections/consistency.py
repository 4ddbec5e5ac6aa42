"""Checks the page directories, which follow the items, and puts them right.

All of it is read while the system runs, so what differs may only be behind. It is an error if it
still differs, unchanged, after the stream has had its time; only that is reported.
"""

import time
from collections.abc import Iterator
from typing import NamedTuple

from provisioning.paging import page_index, recount
from provisioning.paging.page_index import Directory, OutdatedError, Span
from provisioning.table import dynamodb, keys
from provisioning.table.keys import KeyRange

SETTLE_SECONDS = 15.0
"""How long what differs is given to catch up: several times the stream's usual delay."""
_CERTAIN = 2
"""So many times the size from which on a directory is begun, one missing is no chance any more
(``recount.LOOK_ONE_IN``: of 1,000 changes none looks once in 2,500 times)."""


class Difference(NamedTuple):
    """What is not as the items say.

    Attributes:
        partition: The partition that is counted.
        what: ``bucket``, ``group`` or ``directory``.
        at: Where the bucket or group begins; the sort key of what is broken or missing of a
            directory.
        recorded: The count, or how many of the directory there are.
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


def rebuild(account_id: str) -> None:
    """Count all that an account has anew, while the system runs.

    A directory that is missing or broken is begun, and built by its stream record.

    Raises:
        ThrottledError, UnavailableError: The table could not be worked with; what was done stays.
    """
    for partition in keys.counted_partitions(account_id):
        recount.recount_all(partition)
