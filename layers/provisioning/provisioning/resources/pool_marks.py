"""Marks on sender pools whose associations changed (module ``senders.pools`` reads them)."""

from collections.abc import Iterable

from provisioning.core import clock
from provisioning.core.identities import Identity
from provisioning.table import reads, sender_keys, writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.primary_keys import Key
from provisioning.table.sender_types import PoolItem


def pool_of(account_id: str, association: Identity) -> Key[PoolItem]:
    """Return the key of the pool that an association belongs to."""
    return sender_keys.sender_pool(
        account_id, association.application_id, association.entity_id, association.channel
    )


def mark_changed(account_id: str, changed: Iterable[Identity]) -> None:
    """Note in the pools of some associations that these came or went.

    A pool that nobody has read has no item, and gets no mark. Done twice or late, a mark only makes
    a pool be read once more.
    """
    pools = {pool_of(account_id, association) for association in changed}
    if len(pools) > 1:  # To read the few that exist costs less than to try to write each.
        pools = set(reads.batch_get(pools))
    for pool in pools:
        try:
            writes.execute(writes.update(pool, {"changedAt": clock.now()}))
        except ConditionFailedError:
            continue
