"""Works off operations, slice by slice, and resets what was linked to a deleted parent too late.

Three things come in, all from the table's stream or the clock, all safe to repeat:

* a piece of work that was handed on (``advance``): one slice of its links is moved, as ``tasks``
  says;
* associations that were written (``check``): they may have been written just after a parent was
  deleted, behind the operation's back, and are then moved by themselves;
* the time to look after work that stands still (``revive``).

Why nothing is lost, doubled or brought back:

* A link is moved by one transaction (``moves``), which removes the association under its old name
  and makes (or checks) it where it goes. There is no moment between the two.
* The removal's condition is the association's ``creationId``: one that a client unlinked, that
  another operation moved or that was made anew meanwhile is left alone.
* Whether it is stale is decided by reading its parent after it (see ``associations``), so a link
  to a parent that was created again under the same id stays.
* The same transaction writes the progress, on condition of the ``step``: of two workers on the
  same part one fails and looks again, and after a crash the next begins where the last one
  committed. So ``done`` is exact, and so is the journal, which it writes too.
* A link that was moved to a parent which was deleted meanwhile is like one that a client made
  just then: it has a stream record that comes after it, and is checked by that.
* Lists are found by directories, which the stream's other consumer keeps. A slice counts what it
  has moved too before it ends (``_count_touched``), so that they are right when the operation says
  that it is done, however far behind the other one is. Where that is cut off, it is left to it.
* Reads are consistent: a sweep that begins after the delete sees every link committed before it;
  one committed after it has a stream record that comes after it, and is checked by that.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import partial

from provisioning.core import identities
from provisioning.core.clock import now, seconds_since
from provisioning.core.errors import CapacityExceededError, ProvisioningError, ThrottledError
from provisioning.core.kinds import Kind
from provisioning.core.log import logger
from provisioning.core.origins import SYSTEM
from provisioning.operations import journal, operations, pacing, plans, tombstones
from provisioning.operations.moves import Move, Moves
from provisioning.operations.plans import TargetGoneError
from provisioning.paging import pages, recount
from provisioning.resources import associations, parents
from provisioning.table import dynamodb, keys
from provisioning.table.dynamodb import ConditionFailedError, Item, Write
from provisioning.table.keys import Key, KeyRange
from provisioning.table.pace import Pace

SLICE_SECONDS = 4.0
"""How long one slice goes on before it hands on: far less than the function's time limit."""
PARTS = 16
"""Pieces of one operation at most that are worked on side by side."""
TRIES = 20
"""Tries of one transaction whose items keep changing, before the record is left to a retry."""
FAILURES = 5
"""Failed attempts at a slice after which its operation is shown as failed."""
STILL_SECONDS = 180
"""How long work may show no progress before it is revived: longer than a function may run."""
FAILED_SECONDS = 3600
"""How long work that failed rests before it is revived all the same: what was in its way, such as
a throttled table, may be gone."""
RECHECKED = 245
"""Links read at a time where all of an account are checked."""

_WRITES_BESIDE_LINKS = 2
"""The progress, and the journal."""
_WRITES_OF_LATE_PIECE = 3
"""The piece, at first the operation too, and the journal."""


class _OvertakenError(Exception):
    """Another worker has written the same piece of work since it was read."""


# --- work that was handed on -------------------------------------------------------------------


def advance(record: Item) -> None:
    """Move one slice of a piece of work, then hand it on or finish it.

    Args:
        record: The piece of work as its stream record has it. If the table has a later turn,
            or the work is done, the record is late or a duplicate and nothing happens.

    Raises:
        ThrottledError, UnavailableError: The table could not be worked with. What was done is
            recorded; the same record can be tried again.
    """
    while (work := _current(record)) is not None:
        try:
            return _slice(work)
        except _OvertakenError:
            continue
        except Exception as error:
            _note_failure(record, error)
            raise
    return None


def _current(record: Item) -> Item | None:
    work = dynamodb.get(dynamodb.key_of(record))
    current = work is not None and work["working"] and work["turn"] == record["turn"]
    return work if current else None


def _slice(work: Item) -> None:
    touched: list[Key] = []
    work, planned = _sweep(_counted(work), touched, pacing.of(work))
    _count_touched(touched)
    _write_end_of_turn(work, planned)


def _sweep(work: Item, touched: list[Key], pace: Pace) -> tuple[Item, "_Planned"]:
    """Move links for as long as a slice goes on; return the work then, and what ends its turn.

    To ``touched`` go the keys of what was moved, whether or not something was in the way of it.
    """
    until = time.monotonic() + SLICE_SECONDS
    while True:
        remaining, limit = _remaining(work), plans.page_size(work)
        found = dynamodb.query(remaining, after=work.get("cursor"), limit=limit)
        try:
            given = plans.moves(work, found.items)
        except TargetGoneError as error:
            return work, partial(_finishing, reason=str(error))
        for chunk in _chunks(work["accountId"], given, most=pace.chunk):
            work = _move(work, chunk, pace)
            touched += (key for move in chunk for key in move.keys(work["accountId"]))
            if time.monotonic() > until and chunk[-1] is not given[-1]:
                return work, _handing_on
        if found.last is None:
            return work, _finishing
        work |= {"cursor": found.last, "skip": None}
        if time.monotonic() > until:
            return work, _handing_on


def _count_touched(touched: Iterable[Key]) -> None:
    """Bring page directories up to date, as far as nothing is in the way of that."""
    for partition, sort_keys in recount.by_partition(touched).items():
        with suppress(ProvisioningError):
            recount.touch(partition, sort_keys)


def _counted(work: Item) -> Item:
    """Return the work of an operation that begins with how many links it may have to do with."""
    if work.get("state") != operations.PENDING or "total" in work:
        return work
    # For clients to see only: the work does not stop for it.
    with suppress(ProvisioningError):
        return work | {"total": pages.total([plans.links(work)])}
    return work


def _remaining(work: Item) -> KeyRange:
    whole = plans.links(work)
    return whole._replace(first=work.get("first", whole.first), last=work.get("last", whole.last))


def _move(work: Item, chunk: list[Move], pace: Pace) -> Item:
    """Make the moves of a chunk, in one transaction if that goes; return the work after them."""
    try:
        return _move_chunk(work, chunk, pace)
    except CapacityExceededError:
        raise
    except ThrottledError:
        # Clients keep writing one of the chunk's items: the fewer they share with it, the sooner a
        # transaction gets through.
        if len(chunk) == 1:
            raise
        half = len(chunk) // 2
        return _move(_move(work, chunk[:half], pace), chunk[half:], pace)


def _chunks(
    account_id: str,
    given: Iterable[Move],
    beside: int = _WRITES_BESIDE_LINKS,
    most: Callable[[int], int] = lambda fitting: fitting,
) -> Iterator[list[Move]]:
    """Cut moves so that the writes of each part, and those beside, fit into one transaction.

    Args:
        account_id: The account.
        given: The moves.
        beside: Further writes of each transaction.
        most: Returns how many moves to take at most, of so many as may fit.
    """
    chunk: list[Move] = []
    room = dynamodb.TRANSACTION_ITEMS - beside
    for move in given:
        needed = len(move.keys(account_id))
        if chunk and (room < needed or len(chunk) >= most(dynamodb.TRANSACTION_ITEMS)):
            yield chunk
            chunk, room = [], dynamodb.TRANSACTION_ITEMS - beside
        chunk.append(move)
        room -= needed
    if chunk:
        yield chunk


def _move_chunk(work: Item, given: list[Move], pace: Pace) -> Item:
    moves = Moves(work["accountId"], given)
    if work["merged"]:
        moves.look()
    tries = 0
    while tries < TRIES:
        if not moves.moves and not moves.refused:
            return work
        _clear(moves)
        progress = _progress(work, moves, given[-1].progress)
        told = journal.item(work, progress["step"], moves.entries())
        writes = [*moves.writes, _update(work, progress), dynamodb.create(told)]
        try:
            pacing.transact(writes, len(moves.moves), pace)
        except ConditionFailedError as error:
            tries += 1
            if len(moves.writes) in error.found:
                raise _OvertakenError from None
            moves.learn(error)
        else:
            return work | progress
    raise ThrottledError


def _clear(moves: Moves) -> None:
    """Reset what stands in the way of moves, because it hangs on a parent that is gone."""
    for item in moves.in_the_way:
        if not check([item]):
            # It is the moves that know an older parent: it was made anew meanwhile.
            raise _OvertakenError
        moves.forget(item)


def _progress(work: Item, moves: Moves, place: Item) -> Item:
    """Return what a piece of work becomes by moves that take it as far as ``place``."""
    progress = {
        "step": work["step"] + 1,
        "awake": False,
        "done": work["done"] + len(moves.moves),
        "merged": work["merged"] + moves.merged,
        "failed": work["failed"] + len(moves.refused),
        **place,
        "updatedAt": now(),
    }
    progress |= operations.recent(work, progress["done"] + progress["failed"])
    if work.get("failures"):
        progress |= operations.NO_FAILURE
    return progress | operations.start(work)


def _update(work: Item, values: Mapping[str, object], **expected: object) -> Write:
    """Return the write of new values on a piece of work, if it is as this worker left it."""
    return dynamodb.change(
        dynamodb.key_of(work),
        values,
        step=work["step"],
        turn=work["turn"],
        working=True,
        **expected,
    )


# --- the end of a turn: handing on, splitting, finishing ---------------------------------------


_Planned = Callable[[Item, Item], list[Write]]
"""Returns the writes that end a turn, for a piece of work and its operation as it stands."""


def _write_end_of_turn(work: Item, planned: _Planned) -> None:
    """Write what ends a turn, for which the operation's other parts may have to be counted.

    Args:
        work: The piece of work, as this worker left it.
        planned: Returns what to write.
    """
    for _ in range(TRIES):
        operation = operations.get(work["accountId"], work["operationId"])
        try:
            return dynamodb.transact(planned(work, operation))
        except ConditionFailedError:
            # Either another part has just changed the count, and it is read again, or
            _refuse_if_overtaken(work)
    raise ThrottledError


def _refuse_if_overtaken(work: Item) -> None:
    current = _current(work)
    if current is None or current["step"] != work["step"]:
        raise _OvertakenError


def _is_operation(work: Item) -> bool:
    return bool(work["type"] == "operation")


def _both(work: Item, values: Item, operation: Item, counted: Item) -> list[Write]:
    """Return the writes on a piece of work and on its operation, which may be the same item."""
    if _is_operation(work):
        return [_update(work, values | counted, parts=operation["parts"])]
    key = dynamodb.key_of(operation)
    return [_update(work, values), dynamodb.change(key, counted, parts=operation["parts"])]


def _handing_on(work: Item, operation: Item) -> list[Write]:
    """Return what starts the next turn: its stream record brings the next slice.

    While an operation is in few pieces, half of what remains becomes a piece of its own.
    """
    if operation.get("cancelled"):
        return _finishing(work, operation)
    next_turn = {
        "turn": work["turn"] + 1,
        "step": work["step"] + 1,
        "awake": True,
        "cursor": work.get("cursor"),
        "skip": work.get("skip"),
        "updatedAt": now(),
    }
    next_turn |= operations.NO_FAILURE | operations.start(work)
    is_slow = operation["parts"] >= PARTS or pacing.is_limited(operation)
    middle = None if is_slow else _middle(work)
    if middle is None:
        return [_update(work, next_turn)]
    counted = {"parts": operation["parts"] + 1, "split": True}
    place = {name: work.get(name) for name in ("partition", "last")}
    split_off = operations.new_range(operation, **(place | {"first": middle}))
    return [
        *_both(work, next_turn | {"last": middle}, operation, counted),
        dynamodb.create(split_off),
    ]


def _middle(work: Item) -> str | None:
    """Return a sort key about half way through what remains, None where little does."""
    if not plans.can_be_split(work) or work.get("cursor") is None:
        return None
    remaining = _remaining(work)
    end = dynamodb.query(remaining, limit=1, backwards=True).items
    return keys.between(work["cursor"], end[0]["SK"]) if end else None


def _finishing(work: Item, operation: Item, reason: str | None = None) -> list[Write]:
    """Return what ends a piece of work, and its operation with the last piece.

    Args:
        work: The piece of work.
        operation: Its operation.
        reason: Why it ends before it is done, if it does.
    """
    ended = {
        "working": False,
        "awake": False,
        "open": None,
        "updatedAt": now(),
    }
    ended |= operations.NO_FAILURE
    counted = {"parts": operation["parts"] - 1}
    if counted["parts"] > 0:
        if reason is not None:
            counted["ended"] = reason
        return _both(work, ended, operation, counted)
    # Before the end, not after it: whoever is cut off in between does both again.
    operations.let_ranges_expire(operation)
    ended |= operations.range_expiry()
    end = operations.end(operation, reason)
    return [
        *_both(work, ended, operation, counted | end),
        *map(dynamodb.put, operations.listed(operation | end)),
    ]


# --- what went wrong ---------------------------------------------------------------------------


def _note_failure(record: Item, error: Exception) -> None:
    """Count an attempt that failed; several since the last progress fail the operation.

    An attempt that the table refused for its limits does not count: the work only takes longer.
    The stream tries the record again whatever is noted here, so a failure to note is only logged,
    and the note itself must not bring a record (``awake``): each failure would breed another.
    """
    if isinstance(error, ThrottledError):
        return
    try:
        work = _current(record)
        if work is not None:
            failures = work.get("failures", 0) + 1
            noted = {"failures": failures, "awake": False, "updatedAt": now()}
            if failures >= FAILURES:
                reason = operations.failure()
                noted |= reason | operations.noted(work, "FAILED", reason=reason["reason"])
            dynamodb.write(_update(work, noted))
    except (ConditionFailedError, ProvisioningError):
        logger.exception("A failed attempt could not be noted on its operation")


def revive(now_still: float = STILL_SECONDS, now_failed: float = FAILED_SECONDS) -> int:
    """Wake the work that is not done and shows no progress.

    A slice's stream record may have been lost to the dead-letter queue, or the function may
    have died where nothing could be noted.

    Args:
        now_still: Seconds without progress after which a piece of work counts as still.
        now_failed: The same for a piece that is shown as failed.

    Returns:
        How many pieces were woken.

    Raises:
        ThrottledError, UnavailableError: The table could not be worked with.
    """
    woken = 0
    for partition in keys.OPEN_PARTITIONS:
        for work in dynamodb.get_many(dynamodb.query_open(partition)).values():
            patience = now_failed if operations.has_failed(work) else now_still
            if work["working"] and seconds_since(work["updatedAt"]) > patience:
                operations.wake(work, operations.noted(work, "REVIVED"))
                woken += 1
    return woken


# --- associations written late -----------------------------------------------------------------


def check(records: Iterable[Item]) -> int:
    """Move associations a parent of which is gone, now that they are certainly visible.

    They go where its deletion moves them, and count as moved by that. If nothing is known any more
    of the deletion, they are reset.

    Args:
        records: Associations as their stream records have them, or as they were read.

    Returns:
        How many had lost a parent.

    Raises:
        ThrottledError, UnavailableError: The table could not be worked with; checking the same
            associations again is harmless.
    """
    of_account: dict[str, list[Item]] = {}
    for record in records:
        of_account.setdefault(keys.account_of(record["PK"]), []).append(record)
    found = 0
    for account_id, its_records in of_account.items():
        orphans = _orphans(account_id, its_records)
        found += len(orphans)
        for operation, links in _by_deletion(account_id, orphans):
            _move_late(account_id, operation, links)
    return found


def _orphans(account_id: str, links: Iterable[Item]) -> list[Item]:
    """Return the associations a parent of which is gone, reading the parents after them."""
    needed = [(link, associations.parents_of(identities.of(link))) for link in links]
    wanted = {parent for _, its_parents in needed for parent in its_parents.values()}
    present = parents.generations(account_id, wanted)
    return [
        link
        for link, its_parents in needed
        if any(link[name] != present.get(parent) for name, parent in its_parents.items())
    ]


def _by_deletion(account_id: str, links: list[Item]) -> Iterator[tuple[Item | None, list[Item]]]:
    """Yield links together with the operation that deleted a parent of theirs, if it is known."""
    generations = [generation for link in links for generation in _generations(link).values()]
    told = tombstones.operation_ids(
        account_id, {parent for link in links for parent in _parents(link)}
    )
    operation_ids = {
        generation: told[generation] for generation in generations if generation in told
    }
    found = operations.get_many(account_id, set(operation_ids.values()))
    groups: dict[str, list[Item]] = {}
    for link in links:
        known = (operation_ids.get(generation, "") for generation in _generations(link).values())
        groups.setdefault(next((i for i in known if i in found), ""), []).append(link)
    for operation_id, its_links in groups.items():
        yield found.get(operation_id), its_links


def _generations(link: Item) -> Mapping[str, str]:
    return associations.remembered(link)


def _parents(link: Item) -> Iterable[tuple[Kind, str]]:
    return associations.parents_of(identities.of(link)).values()


def _move_late(account_id: str, operation: Item | None, links: list[Item]) -> None:
    """Move links as the operation does that deleted their parent; without one, reset them."""
    if operation is None:
        # Each has a departure beside the two writes, or more, that move it.
        given, beside = [_reset(link) for link in links], dynamodb.TRANSACTION_ITEMS // 3
    else:
        given, beside = plans.moves(operation, links), _WRITES_OF_LATE_PIECE
    for chunk in _chunks(account_id, given, beside):
        _move_chunk_late(account_id, operation, chunk)


def _reset(link: Item) -> Move:
    association = identities.of(link)
    return Move(association, association.by_default(), link, {}, {})


def _move_chunk_late(account_id: str, operation: Item | None, given: list[Move]) -> None:
    moves = Moves(account_id, given)
    for _ in range(TRIES):
        if not moves.moves:
            return
        _clear(moves)
        try:
            dynamodb.transact([*moves.writes, *_told(account_id, operation, moves)])
        except ConditionFailedError as error:
            moves.learn(error)
        else:
            return
    raise ThrottledError


def _told(account_id: str, operation: Item | None, moves: Moves) -> list[Write]:
    """Return the writes that tell of links which no slice has moved.

    They count in a piece of the operation that is their own, which is read anew for each try: its
    step lets only one of two writers add to it. Without an operation, each leaves a departure.
    """
    if operation is None:
        return [
            associations.departure(account_id, "MOVED", move.before, SYSTEM) for move in moves.moves
        ]
    piece = operations.late_piece(operation)
    standing = dynamodb.get(dynamodb.key_of(piece))
    known = standing or piece
    counts = {
        "step": known["step"] + 1,
        "done": known["done"] + len(moves.moves),
        "merged": known["merged"] + moves.merged,
    }
    told = dynamodb.create(journal.item(known, counts["step"], moves.entries()))
    if standing is None:
        split = dynamodb.change(dynamodb.key_of(operation), {"split": True})
        return [dynamodb.create(piece | counts), split, told]
    return [dynamodb.change(dynamodb.key_of(piece), counts, step=known["step"]), told]


def recheck(account_id: str) -> int:
    """Check all associations of an account, for records that were given up.

    Returns:
        How many had lost a parent, and were moved.

    Raises:
        ThrottledError, UnavailableError: The table could not be worked with. What was moved is;
            another run finds the rest.
    """
    of_account = dynamodb.slices(keys.associations(account_id), limit=RECHECKED)
    return sum(check(links) for links in of_account)
