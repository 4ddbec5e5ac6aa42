"""The transactions of a slice of a migration: rewritten items, and the progress of the shard."""

from provisioning.core.errors import CapacityExceededError, ThrottledError
from provisioning.operations import pacing, shard_writes
from provisioning.operations.rewriting import Rewriting
from provisioning.operations.shard_state import applied
from provisioning.operations.shard_writes import OvertakenError
from provisioning.operations.transitions import progressed
from provisioning.table import items, reads
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.operation_types import Shard
from provisioning.table.pace import Pace
from provisioning.table.retries import BACKGROUND_ATTEMPTS, retry_on_conflict
from provisioning.table.rewrites import rewrite


def make(shard: Shard, chunk: list[Rewriting], pace: Pace) -> Shard:
    """Rewrite the items of a chunk that are due; return the shard after it.

    Raises:
        CapacityExceededError: The table has refused everything for a while.
        OvertakenError: Another worker has written the shard.
    """
    try:
        return _make_chunk(shard, chunk, pace)
    except CapacityExceededError:
        raise
    except ThrottledError:
        # Clients keep writing an item of the chunk: a smaller transaction meets fewer of them.
        if len(chunk) == 1:
            raise
        half = len(chunk) // 2
        return make(make(shard, chunk[:half], pace), chunk[half:], pace)


def _make_chunk(shard: Shard, chunk: list[Rewriting], pace: Pace) -> Shard:
    """Rewrite items in one transaction; return the shard after it."""
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
