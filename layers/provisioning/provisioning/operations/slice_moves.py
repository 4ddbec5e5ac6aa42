"""The transactions of a slice: moves, progress and journal in each."""

from collections.abc import Iterable, Iterator
from typing import Any

from provisioning.operations import journal, orphans, pacing, shard_writes
from provisioning.operations.move import Move
from provisioning.operations.move_transaction import MoveTransaction
from provisioning.operations.operation_kind import OperationKind
from provisioning.operations.shard_state import Changes, applied
from provisioning.operations.shard_writes import OvertakenError
from provisioning.operations.slice_work import SliceWork, StepT, in_chunks
from provisioning.operations.transitions import progressed
from provisioning.table import writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.operation_types import Shard
from provisioning.table.pace import Pace
from provisioning.table.retries import BACKGROUND_ATTEMPTS, retry_on_conflict

_OTHER_WRITES = 2  # the progress and the journal


def chunks(shard: Shard, steps: list[StepT], pace: Pace) -> Iterator[list[StepT]]:
    """Yield steps in groups for one transaction each, small ones if the pace is slow."""
    return in_chunks(shard["accountId"], steps, _OTHER_WRITES, pace.chunk)


def make(shard: Shard, moves: list[Move], pace: Pace) -> Shard:
    """Make moves in one transaction; return the shard after it.

    Raises:
        CapacityExceededError: The table has refused everything for a while.
        OvertakenError: Another worker has written the shard.
        ThrottledError: Clients kept writing one of the items.
    """
    transaction = MoveTransaction(shard["accountId"], moves)
    if shard["merged"]:
        transaction.read()

    def attempt() -> Shard:
        if not transaction.moves and not transaction.refused:
            return shard
        orphans.clear_blocking(transaction)
        progress = _progress(shard, transaction, moves[-1].progress)
        entry = journal.new_item(shard, progress["revision"], transaction.entries())
        planned = [*transaction.writes, shard_writes.update(shard, progress), writes.create(entry)]
        try:
            pacing.transact(planned, len(transaction.moves), pace)
        except ConditionFailedError as error:
            if len(transaction.writes) in error.found:
                raise OvertakenError from None
            transaction.replan(error)
            raise
        return applied(shard, progress)

    return retry_on_conflict(attempt, attempts=BACKGROUND_ATTEMPTS)


def _progress(shard: Shard, transaction: MoveTransaction, position: Changes) -> Changes:
    """Return what a transaction writes on its shard."""
    done = shard["done"] + len(transaction.moves)
    failed = shard["failed"] + len(transaction.refused)
    merged = shard["merged"] + transaction.merged
    return progressed(shard, done, failed) | {"merged": merged, **position}


def _plan(kind: OperationKind, shard: Shard, found: list[Any]) -> Iterable[Move]:
    return kind.moves(shard, found) if found else ()


WORK = SliceWork(_plan, make, as_stored=False, changes_totals=True)
"""Moves associations as the kind of the operation says."""
