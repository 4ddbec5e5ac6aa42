"""Orphans: associations that were written after the deletion of their parent had passed.

They, and stale ones that conflict with a new association (``association_creation``), are moved as
the deletion moves associations, and count in a shard of its own. If the deletion is no longer
known, they are reset, and each leaves a tombstone for the audit.

The place that an orphan moves to can hold another orphan, which is moved first. If deletions have
each other's applications or entities as their targets, their orphans can wait for each other in a
ring. A transaction cannot swap two associations, because it writes each item once, so at least one
of them is reset: one for each worker that meets the ring at the same time. One that ``DEEPEST``
others wait for is reset too, so that the cost of a request is bounded.
"""

from collections.abc import Iterable, Iterator
from functools import partial

from provisioning.core import identities
from provisioning.core.origins import SYSTEM
from provisioning.core.threads import together
from provisioning.operations import journal, lookup, operation_kinds, tombstones
from provisioning.operations.creation import late_shard
from provisioning.operations.move import Move
from provisioning.operations.move_transaction import MoveTransaction
from provisioning.operations.shard_state import Changes, applied
from provisioning.operations.shard_writes import OvertakenError
from provisioning.operations.slice_work import in_chunks
from provisioning.resources import association_items, parents
from provisioning.table import items, keys, primary_keys, reads, writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.items import Item
from provisioning.table.operation_types import Operation
from provisioning.table.primary_keys import Key
from provisioning.table.retries import BACKGROUND_ATTEMPTS, retry_on_conflict
from provisioning.table.writes import Write

READ_AT_ONCE = 245
"""Associations read at a time when all of an account are checked."""

DEEPEST = 10
"""Orphans that are moved one after the other, each out of the place of the one before."""

_WRITES_OF_LATE_SHARD = 3  # the shard, at first the operation too, and the journal


Waiting = tuple[frozenset[Key], ...]
"""The keys of the orphans that cannot move before others have, from the first that was met on."""


def check(found: Iterable[Item], waiting: Waiting = ()) -> int:
    """Move the associations among some whose parent is gone.

    Args:
        found: Associations as their stream records have them, or as they were read. Of several
            with the same key, the last counts: it has replaced the others.
        waiting: The orphans that wait for these.

    Returns:
        How many were orphans.

    Raises:
        ThrottledError, UnavailableError: The table could not be read or written; checking the same
            associations again is harmless.
    """
    by_account: dict[str, list[Item]] = {}
    for item in {items.key_of(each): each for each in found}.values():
        by_account.setdefault(primary_keys.account_of(item["PK"]), []).append(item)
    count = 0
    for account_id, its_items in by_account.items():
        orphans = _orphans(account_id, its_items)
        count += len(orphans)
        groups = _by_deletion(account_id, orphans)
        together([partial(_move, account_id, *group, waiting) for group in groups])
    return count


def check_account(account_id: str) -> int:
    """Check all associations of an account, for stream records that were given up.

    Returns:
        How many were orphans, and were moved.

    Raises:
        ThrottledError, UnavailableError: The table could not be read or written; another run finds
            the rest.
    """
    everything = reads.query_pages(keys.associations(account_id), limit=READ_AT_ONCE)
    return sum(check(found) for found in everything)


def clear_blocking(transaction: MoveTransaction, waiting: Waiting = ()) -> None:
    """Move the orphans that are in the place of a transaction's targets.

    Args:
        transaction: The transaction.
        waiting: The orphans that wait for those that the transaction moves.

    Raises:
        OvertakenError: One of them is not an orphan: the moves were planned with an older parent.
    """
    blocking = transaction.blocking
    if check(blocking, waiting) < len(blocking):
        raise OvertakenError
    for item in blocking:
        transaction.unblock(item)


def _orphans(account_id: str, found: Iterable[Item]) -> list[Item]:
    """Return the associations whose parent is gone, reading the parents after them."""
    needed = [(item, association_items.parents_of(identities.of(item))) for item in found]
    wanted = {parent for _, its_parents in needed for parent in its_parents.values()}
    present = parents.find(account_id, wanted)
    return [
        item
        for item, its_parents in needed
        if not association_items.are_unchanged(present, its_parents, item)
    ]


def _by_deletion(
    account_id: str, orphans: list[Item]
) -> Iterator[tuple[Operation | None, list[Item]]]:
    """Yield orphans with the operation that deleted a parent of theirs; None if it is unknown."""
    deleted = {
        parent
        for item in orphans
        for parent in association_items.parents_of(identities.of(item)).values()
    }
    operation_ids = tombstones.operation_ids(account_id, deleted)
    needed = {
        operation_ids[generation]
        for item in orphans
        for generation in association_items.stored_generations(item).values()
        if generation in operation_ids
    }
    found = lookup.get_many(account_id, needed)
    groups: dict[str, list[Item]] = {}
    for item in orphans:
        generations = association_items.stored_generations(item).values()
        known = (operation_ids.get(generation, "") for generation in generations)
        groups.setdefault(next((each for each in known if each in found), ""), []).append(item)
    for operation_id, group in groups.items():
        yield found.get(operation_id), group


def _move(
    account_id: str, operation: Operation | None, orphans: list[Item], waiting: Waiting
) -> None:
    """Move orphans as the operation that deleted their parent does; without one, reset them."""
    # Each reset without operation has a tombstone beside the writes of its move.
    other_writes = _WRITES_OF_LATE_SHARD if operation else writes.TRANSACTION_ITEMS // 3

    def attempt() -> None:
        moves = _moves(account_id, operation, orphans, waiting)
        for chunk in in_chunks(account_id, moves, other_writes):
            _move_chunk(account_id, operation, chunk, waiting)

    # If a target was created again since the moves were planned, they are planned again.
    retry_on_conflict(attempt, attempts=BACKGROUND_ATTEMPTS, conflict=OvertakenError)


def _moves(
    account_id: str, operation: Operation | None, orphans: list[Item], waiting: Waiting
) -> list[Move]:
    """Return the moves of orphans; those are resets that would wait for an orphan in a ring."""
    if operation is None or len(waiting) >= DEEPEST:
        return [_reset(item) for item in orphans]
    taken = frozenset[Key]().union(*waiting)
    return [
        _reset(move.known) if keys.association(account_id, move.after) in taken else move
        for move in operation_kinds.of(operation).moves(operation, orphans)
    ]


def _reset(item: Item) -> Move:
    association = identities.of(item)
    return Move(association, association.by_default(), item, {}, {})


def _move_chunk(
    account_id: str, operation: Operation | None, moves: list[Move], waiting: Waiting
) -> None:
    transaction = MoveTransaction(account_id, moves)

    def attempt() -> None:
        if not transaction.moves:
            return
        clear_blocking(transaction, (*waiting, transaction.sources))
        if operation is None:
            records = _tombstones(account_id, transaction)
        else:
            records = _late_shard_writes(operation, transaction)
        try:
            writes.transact([*transaction.writes, *records])
        except ConditionFailedError as error:
            transaction.replan(error)
            raise

    retry_on_conflict(attempt, attempts=BACKGROUND_ATTEMPTS)


def _tombstones(account_id: str, transaction: MoveTransaction) -> list[Write]:
    return [
        association_items.tombstone(account_id, "MOVED", move.before, SYSTEM)
        for move in transaction.moves
    ]


def _late_shard_writes(operation: Operation, transaction: MoveTransaction) -> list[Write]:
    """Return the writes that count orphans in their shard and journal.

    The shard is read again for each try: of two writers its revision lets only one succeed.
    """
    new = late_shard(operation)
    existing = reads.get(items.key_of(new))
    shard = existing or new
    counts: Changes = {
        "revision": shard["revision"] + 1,
        "done": shard["done"] + len(transaction.moves),
        "merged": shard["merged"] + transaction.merged,
    }
    entry = journal.new_item(shard, counts["revision"], transaction.entries())
    if existing is None:
        split = writes.update(items.key_of(operation), {"split": True})
        return [writes.create(applied(new, counts)), split, writes.create(entry)]
    key = items.key_of(existing)
    return [writes.update(key, counts, revision=existing["revision"]), writes.create(entry)]
