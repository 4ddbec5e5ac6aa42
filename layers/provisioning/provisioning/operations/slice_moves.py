"""The transactions of a slice: moves, progress and journal in each."""

from provisioning.core.clock import now
from provisioning.core.errors import ThrottledError
from provisioning.operations import journal, orphans, shard_writes
from provisioning.operations.move import Move
from provisioning.operations.move_transaction import MoveTransaction, in_chunks
from provisioning.operations.shard_state import Changes, applied
from provisioning.operations.shard_writes import OvertakenError
from provisioning.operations.transitions import NO_FAILURE, started
from provisioning.table import writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.operation_types import Shard
from provisioning.table.retries import BACKGROUND_ATTEMPTS, retry_on_conflict

_OTHER_WRITES = 2  # the progress and the journal


def make(shard: Shard, moves: list[Move]) -> Shard:
    """Make moves in as few transactions as possible; return the shard after them.

    Raises:
        OvertakenError: Another worker has written the shard.
        ThrottledError, UnavailableError: The table could not be read or written.
    """
    for chunk in in_chunks(shard["accountId"], moves, _OTHER_WRITES):
        try:
            shard = _make_chunk(shard, chunk)
        except ThrottledError:
            # Clients keep writing an item of the chunk. Smaller transactions share fewer items
            # with them and succeed sooner.
            if len(chunk) == 1:
                raise
            half = len(chunk) // 2
            shard = make(make(shard, chunk[:half]), chunk[half:])
    return shard


def _make_chunk(shard: Shard, moves: list[Move]) -> Shard:
    """Make moves in one transaction; return the shard after it."""
    transaction = MoveTransaction(shard["accountId"], moves)
    if shard["merged"]:
        transaction.read()

    def attempt() -> Shard:
        if not transaction.moves and not transaction.refused:
            return shard
        orphans.clear_blocking(transaction)
        progress = _progress(shard, transaction, moves[-1].progress)
        entry = journal.new_item(shard, progress["revision"], transaction.entries())
        try:
            writes.transact(
                [*transaction.writes, shard_writes.update(shard, progress), writes.create(entry)]
            )
        except ConditionFailedError as error:
            if len(transaction.writes) in error.found:
                raise OvertakenError from None
            transaction.replan(error)
            raise
        return applied(shard, progress)

    return retry_on_conflict(attempt, attempts=BACKGROUND_ATTEMPTS)


def _progress(shard: Shard, transaction: MoveTransaction, position: Changes) -> Changes:
    """Return what a transaction writes on its shard.

    Args:
        shard: The shard.
        transaction: The transaction.
        position: How far the shard is after it.
    """
    progress = {
        "revision": shard["revision"] + 1,
        "awake": False,
        "done": shard["done"] + len(transaction.moves),
        "merged": shard["merged"] + transaction.merged,
        "failed": shard["failed"] + len(transaction.refused),
        **position,
        "updatedAt": now(),
    }
    if shard.get("failures"):
        progress |= NO_FAILURE
    return progress | started(shard)
