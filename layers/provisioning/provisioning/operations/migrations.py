"""Migrations: bringing the stored items of an account to the present format (``table.formats``).

Most items are rewritten by an operation, which the stream drives slice by slice: bounded, resumed
after a crash, and slowed down by what the table refuses, like any other. The worker's role may
write neither accounts nor API keys; those are few, and are rewritten at once, with the
permissions of whoever migrates.

A migration changes nothing for clients, and may be repeated at any time.
"""

from collections.abc import Iterable, Iterator

from provisioning.core.origins import Origin
from provisioning.operations.creation import new_operation, new_shard
from provisioning.operations.migration_kind import MIGRATE, ranges
from provisioning.paging import pages
from provisioning.table import formats, items, keys, reads, rewrites, writes
from provisioning.table.items import Item
from provisioning.table.primary_keys import Key
from provisioning.table.retries import BACKGROUND_ATTEMPTS, retry_on_conflict


def start(account_id: str, origin: Origin) -> str:
    """Start the operation that rewrites all outdated items of an account but its keys.

    Returns:
        The id of the operation.
    """
    first, *further = found = ranges(account_id)
    operation = new_operation(
        account_id,
        MIGRATE.name,
        origin,
        openShards=len(found),
        split=True,
        total=sum(pages.total([each]) for each in found),
        partition=first.partition,
    )
    shards = [new_shard(operation, partition=each.partition) for each in further]
    writes.transact([writes.create(shard) for shard in (operation, *shards)])
    return operation["operationId"]


def migrate_account(account_id: str) -> int:
    """Rewrite the outdated items of an account itself and of its API keys.

    Returns:
        How many there were.

    Raises:
        ThrottledError, UnavailableError: The table could not be read or written; what was done
            remains.
    """
    return sum(map(_rewrite, [item for item in _account_items(account_id) if _is_due(item)]))


def outdated(account_id: str) -> dict[str, int]:
    """Return how many items of an account are stored in another format than the present.

    Every item of the account that a migration covers is read.

    Returns:
        Their number by type; without the types of which there is none.
    """
    found: dict[str, int] = {}
    for item in _all_items(account_id):
        if _is_due(item):
            found[item["type"]] = found.get(item["type"], 0) + 1
    return found


def _all_items(account_id: str) -> Iterator[Item]:
    yield from _account_items(account_id)
    for key_range in ranges(account_id):
        yield from reads.query_stored(key_range)


def _account_items(account_id: str) -> Iterator[Item]:
    """Yield the stored items of an account itself and of its API keys, with their secrets."""
    yield from _get([keys.account(account_id), keys.account_listing(account_id)])
    for api_key in reads.query_stored(keys.api_keys(account_id)):
        yield api_key
        yield from _get(keys.secret(secret["digest"]) for secret in api_key["secrets"])


def _get(wanted: Iterable[Key]) -> Iterable[Item]:
    return reads.batch_get(wanted, as_stored=True).values()


def _is_due(item: Item) -> bool:
    return formats.is_outdated(item)


def _rewrite(stored: Item) -> bool:
    """Rewrite an item if it is still there; return whether it was due."""
    key = items.key_of(stored)

    def attempt() -> bool:
        present = next(iter(_get([key])), None)
        if present is None or not _is_due(present):
            return False
        writes.execute(rewrites.rewrite(present))
        return True

    return retry_on_conflict(attempt, attempts=BACKGROUND_ATTEMPTS)
