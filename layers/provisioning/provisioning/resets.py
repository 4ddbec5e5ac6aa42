"""Resets: what was linked to a deleted parent becomes application ``default``, no entity.

Three things come in, all from the table's stream or the clock, all safe to repeat:

* a piece of work that was handed on (``advance``): one slice of its links is reset;
* an association that was written (``check``): it may have been written just after its parent was
  deleted, behind the reset's back, and is then reset by itself;
* the time to look after work that stands still (``revive``).

Why nothing is lost, doubled or brought back:

* A link is moved by one transaction, which removes the association under its old name and makes
  (or checks) it under ``default``. There is no moment between the two.
* The removal's condition is the association's ``creationId``: one that a client unlinked, that
  another reset moved or that was made anew meanwhile is left alone.
* Whether it is stale is decided by reading its parent after it (see ``associations``), so a link
  to a parent that was created again under the same id stays.
* The same transaction writes the progress, on condition of the ``step``: of two workers on the
  same part one fails and looks again, and after a crash the next begins where the last one
  committed. So ``done`` is exact.
* Reads are consistent: a sweep that begins after the delete sees every link committed before it;
  one committed after it has a stream record that comes after it, and is checked by that.
"""

import time
from collections.abc import Callable, Iterable, Iterator, Mapping

from provisioning import associations, audit, dynamodb, keys, operations, parents
from provisioning.clock import now, seconds_since
from provisioning.dynamodb import ConditionFailedError, Item, Write
from provisioning.errors import ProvisioningError, ThrottledError
from provisioning.keys import Key, KeyRange
from provisioning.kinds import APPLICATION, KINDS
from provisioning.log import logger
from provisioning.origins import SYSTEM
from provisioning.schema import Association

SLICE_SECONDS = 4.0
"""How long one slice goes on before it hands on: far less than the function's time limit."""
QUERY_LINKS = 245
"""Links read at a time: five transactions' worth without entities."""
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

_WRITES_BESIDE_LINKS = 1


class _OvertakenError(Exception):
    """Another worker has written the same piece of work since it was read."""


# --- work that was handed on -------------------------------------------------------------------


def advance(record: Item) -> None:
    """Reset one slice of a piece of work, then hand it on or finish it.

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
    until = time.monotonic() + SLICE_SECONDS
    while True:
        found = dynamodb.query(_remaining(work), after=work.get("cursor"), limit=QUERY_LINKS)
        work = _move(work, _stale(work, found.items))
        if found.last is None:
            return _write_end_of_turn(work, _finishing)
        work |= {"cursor": found.last}
        if time.monotonic() > until:
            return _write_end_of_turn(work, _handing_on)


def _links(work: Item) -> KeyRange:
    """Return where everything that is linked to an operation's parent stands."""
    if KINDS[work["parentKind"]] is APPLICATION:
        return keys.associations(work["accountId"], work["parentId"])
    return keys.entity_links(work["accountId"], work["parentId"])


def _remaining(work: Item) -> KeyRange:
    whole = _links(work)
    return whole._replace(first=work.get("first", whole.first), last=work.get("last", whole.last))


def _stale(work: Item, links: list[Item]) -> list[Item]:
    """Return the links whose parent is gone, reading it after them; its namesake's stay."""
    if not links:
        return []
    kind = KINDS[work["parentKind"]]
    present = parents.generations(work["accountId"], {(kind, work["parentId"])})
    generation = present.get((kind, work["parentId"]))
    return [link for link in links if link[f"{kind.name}Generation"] != generation]


def _move(work: Item, links: list[Item]) -> Item:
    """Move links in as few transactions as hold them; return the work as it then stands."""
    for chunk in _chunks(links):
        try:
            work = _move_chunk(work, chunk)
        except ThrottledError:
            # Clients keep writing one of the chunk's items: the fewer they share with it, the
            # sooner a transaction gets through.
            if len(chunk) == 1:
                raise
            half = len(chunk) // 2
            work = _move(_move(work, chunk[:half]), chunk[half:])
    return work


def _chunks(links: Iterable[Item]) -> Iterator[list[Item]]:
    """Cut links so that the writes of each part fit into one transaction."""
    chunk: list[Item] = []
    room = dynamodb.TRANSACTION_ITEMS - _WRITES_BESIDE_LINKS
    for link in links:
        needed = 2 if link.get("entityId") is None else 3
        if room < needed:
            yield chunk
            chunk, room = [], dynamodb.TRANSACTION_ITEMS - _WRITES_BESIDE_LINKS
        chunk.append(link)
        room -= needed
    if chunk:
        yield chunk


def _move_chunk(work: Item, links: list[Item]) -> Item:
    moves = _Moves(work["accountId"], links)
    if work["merged"]:
        moves.look()
    for _ in range(TRIES):
        if not moves.links:
            return work
        progress = _progress(work, moves, links[-1]["SK"])
        try:
            dynamodb.transact([*moves.writes, _update(work, progress)])
        except ConditionFailedError as error:
            if len(moves.writes) in error.found:
                raise _OvertakenError from None
            moves.learn(error)
        else:
            return work | progress
    raise ThrottledError


def _progress(work: Item, moves: "_Moves", cursor: str) -> Item:
    """Return what a piece of work becomes by moves that take it as far as ``cursor``."""
    progress = {
        "step": work["step"] + 1,
        "awake": False,
        "done": work["done"] + len(moves.links),
        "merged": work["merged"] + moves.merged,
        "cursor": cursor,
        "moved": audit.told_of(moves.links),
        "updatedAt": now(),
    }
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


class _Moves:
    """The writes that move some links to ``default``, mended by what their failures tell.

    Attributes:
        links: The links still to be moved.
        writes: The writes that move them, all or none.
        merged: How many of the links will become one with another that is there already.
    """

    def __init__(self, account_id: str, links: list[Item]) -> None:
        self._account_id = account_id
        self._standing: set[Key] = set()
        self._plan(links)

    def _plan(self, links: list[Item]) -> None:
        self.links = links
        self.writes: list[Write] = []
        self.merged = 0
        self._removed_at: dict[int, str] = {}
        self._target_at: dict[int, Key] = {}
        targets: set[Key] = set()
        for link in links:
            association = associations.of(link)
            for key in associations.keys_of(self._account_id, association):
                self._removed_at[len(self.writes)] = link["creationId"]
                self.writes.append(dynamodb.remove(key, creationId=link["creationId"]))
            target = associations.default_of(association)
            target_key = associations.key_of(self._account_id, target)
            self.merged += target_key in targets | self._standing
            if target_key not in targets:
                targets.add(target_key)
                self._target_at[len(self.writes)] = target_key
                self.writes.append(self._keep(target))

    def _keep(self, target: Association) -> Write:
        key = associations.key_of(self._account_id, target)
        if key in self._standing:
            return dynamodb.require(key)
        (item,) = associations.items_of(self._account_id, target, keys.new_id(), {})
        return dynamodb.create(item)

    def look(self) -> None:
        """Plan again by what stands under ``default``: where some links merge, more will, and a
        read costs a fraction of a transaction that fails.
        """
        self._standing = set(dynamodb.get_many(self._target_at.values()))
        self._plan(self.links)

    def learn(self, error: ConditionFailedError) -> None:
        """Plan again without the links that are gone, and with what stands under ``default``."""
        gone = {self._removed_at[at] for at in error.found if at in self._removed_at}
        self._standing ^= {self._target_at[at] for at in error.found if at in self._target_at}
        self._plan([link for link in self.links if link["creationId"] not in gone])


# --- the end of a turn: handing on, splitting, finishing ---------------------------------------


def _write_end_of_turn(work: Item, planned: Callable[[Item, Item], list[Write]]) -> None:
    """Write what ends a turn, for which the operation's other parts may have to be counted.

    Args:
        work: The piece of work, as this worker left it.
        planned: Returns the writes for a piece and its operation as it stands.
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
    next_turn = {
        "turn": work["turn"] + 1,
        "step": work["step"] + 1,
        "awake": True,
        "cursor": work["cursor"],
        "moved": None,
        "updatedAt": now(),
    }
    next_turn |= operations.NO_FAILURE | operations.start(work)
    middle = _middle(work) if operation["parts"] < PARTS else None
    if middle is None:
        return [_update(work, next_turn)]
    counted = {"parts": operation["parts"] + 1, "split": True}
    split_off = operations.new_range(operation, first=middle, last=work.get("last"))
    return [
        *_both(work, next_turn | {"last": middle}, operation, counted),
        dynamodb.create(split_off),
    ]


def _middle(work: Item) -> str | None:
    """Return a sort key about half way through what remains, None where little does."""
    remaining = _remaining(work)
    end = dynamodb.query(remaining, limit=1, backwards=True).items
    return keys.between(work["cursor"], end[0]["SK"]) if end else None


def _finishing(work: Item, operation: Item) -> list[Write]:
    """Return what ends a piece of work, and its operation with the last piece."""
    ended = {
        "working": False,
        "awake": False,
        "open": None,
        "moved": None,
        "updatedAt": now(),
    }
    ended |= operations.NO_FAILURE
    counted = {"parts": operation["parts"] - 1}
    if counted["parts"] > 0:
        return _both(work, ended, operation, counted)
    # Before the end, not after it: whoever is cut off in between does both again.
    operations.let_ranges_expire(operation)
    ended |= operations.range_expiry()
    return _both(work, ended, operation, counted | operations.success(operation))


# --- what went wrong ---------------------------------------------------------------------------


def _note_failure(record: Item, error: Exception) -> None:
    """Count an attempt that failed; several since the last progress fail the operation.

    The stream tries the record again whatever is noted here, so a failure to note is only logged,
    and the note itself must not bring a record (``awake``): each failure would breed another.
    """
    try:
        work = _current(record)
        if work is not None:
            failures = work.get("failures", 0) + 1
            noted = {"failures": failures, "awake": False, "updatedAt": now()}
            reason = operations.failure(error) if failures >= FAILURES else {}
            dynamodb.write(_update(work, noted | reason))
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
                operations.wake(work)
                woken += 1
    return woken


# --- associations written late -----------------------------------------------------------------


def check(record: Item) -> None:
    """Reset an association if a parent of it is gone, now that it is certainly visible.

    Args:
        record: The association as its stream record has it.

    Raises:
        ThrottledError, UnavailableError: The table could not be worked with.
    """
    account_id = keys.account_of(record["PK"])
    if not _orphans(account_id, [record]):
        return None
    moves = _Moves(account_id, [record])
    for _ in range(TRIES):
        if not moves.links:
            return None
        try:
            return dynamodb.transact([*moves.writes, *_departures(account_id, moves.links)])
        except ConditionFailedError as error:
            moves.learn(error)
    raise ThrottledError


def _orphans(account_id: str, links: Iterable[Item]) -> list[Item]:
    """Return the associations a parent of which is gone, reading the parents after them."""
    needed = [(link, associations.parents_of(associations.of(link))) for link in links]
    wanted = {parent for _, its_parents in needed for parent in its_parents.values()}
    present = parents.generations(account_id, wanted)
    return [
        link
        for link, its_parents in needed
        if any(link[name] != present.get(parent) for name, parent in its_parents.items())
    ]


def recheck(account_id: str) -> int:
    """Check all associations of an account, for records that were given up.

    Returns:
        How many had lost a parent, and were reset.

    Raises:
        ThrottledError, UnavailableError: The table could not be worked with. What was reset is;
            another run finds the rest.
    """
    found = 0
    after: str | None = None
    while True:
        read = dynamodb.query(keys.associations(account_id), after=after, limit=QUERY_LINKS)
        for orphan in _orphans(account_id, read.items):
            check(orphan)
            found += 1
        if read.last is None:
            return found
        after = read.last


def _departures(account_id: str, links: Iterable[Item]) -> list[Write]:
    """Return the writes that tell the audit of links which no operation's progress tells of."""
    return [
        associations.departure(account_id, "MOVED", associations.of(link), SYSTEM) for link in links
    ]
