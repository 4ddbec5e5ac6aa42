"""The transactions of a slice of a migration: rewritten items, and the progress of the shard."""

from provisioning.operations import pacing, shard_writes
from provisioning.operations.rewriting import Rewriting
from provisioning.operations.shard_state import applied
from provisioning.operations.shard_writes import OvertakenError
from provisioning.operations.slice_work import SliceWork
from provisioning.operations.transitions import progressed
from provisioning.table import items, reads
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.operation_types import Shard
from provisioning.table.pace import Pace
from provisioning.table.retries import BACKGROUND_ATTEMPTS, retry_on_conflict
from provisioning.table.rewrites import rewrite


def make(shard: Shard, chunk: list[Rewriting], pace: Pace) -> Shard:
    """Rewrite items in one transaction; return the shard after it.

    Raises:
        CapacityExceededError: The table has refused everything for a while.
        OvertakenError: Another worker has written the shard.
        ThrottledError: Clients kept writing one of the items.
    """
    due = [rewriting for rewriting in chunk if rewriting.is_due]
    done = shard["done"] + len(chunk)
    progress = progressed(shard, done, shard["failed"]) | chunk[-1].progress

    def attempt() -> Shard:
        nonlocal due
        planned = [rewrite(each.stored) for each in due]
        try:
            pacing.transact([*planned, shard_writes.update(shard, progress)], len(due) + 1, pace)
        except ConditionFailedError as error:
            if len(planned) in error.found:
                raise OvertakenError from None
            due = _read_again(due)
            raise
        return applied(shard, progress)

    return retry_on_conflict(attempt, attempts=BACKGROUND_ATTEMPTS)


def _read_again(rewritings: list[Rewriting]) -> list[Rewriting]:
    """Return those items that are still there and still due, as they are now."""
    found = reads.batch_get((items.key_of(each.stored) for each in rewritings), as_stored=True)
    return [again for again in map(Rewriting, found.values()) if again.is_due]


WORK = SliceWork(
    lambda _kind, _shard, found: map(Rewriting, found), make, as_stored=True, changes_totals=False
)
"""Rewrites the items that are not in the present format."""
