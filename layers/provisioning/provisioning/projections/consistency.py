"""The consistency check: compares page indexes with the items, and repairs them.

Everything is read while the system runs, so a difference may only mean that the stream is behind.
It is reported if it is the same after the stream has had time to catch up.
"""

import time
from collections.abc import Iterator

from provisioning.paging import check as page_index_check
from provisioning.paging import rebuild as page_index_rebuild
from provisioning.paging.check import Difference
from provisioning.table import page_index_keys

SETTLE_SECONDS = 15.0
"""Seconds that the stream is given to catch up: several times its usual delay."""


def check(account_id: str, settle_seconds: float = SETTLE_SECONDS) -> list[Difference]:
    """Return what is wrong with the page indexes of an account.

    Args:
        account_id: The account.
        settle_seconds: How long to wait before looking again at what seems wrong.
    """
    suspected = set(differences(account_id))
    if not suspected:
        return []
    time.sleep(settle_seconds)
    return sorted(suspected & set(differences(account_id)))


def differences(account_id: str) -> Iterator[Difference]:
    """Yield what differs at this moment, if only because the stream is behind."""
    for partition in page_index_keys.counted_partitions(account_id):
        yield from page_index_check.differences(partition)


def rebuild(account_id: str) -> None:
    """Rebuild the page indexes of an account, while the system runs.

    Every block is counted again. A page index that is missing or broken is started, and built from
    its stream record.

    Raises:
        ThrottledError, UnavailableError: The table could not be read or written; what was done
            remains.
    """
    for partition in page_index_keys.counted_partitions(account_id):
        page_index_rebuild.rebuild(partition)
