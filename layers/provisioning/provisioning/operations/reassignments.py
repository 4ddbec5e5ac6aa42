"""Reassigning all links that meet a filter, by one operation.

The links are read where a list with the same filter reads them. What the operation moves is decided
when it comes to a link; links made meanwhile may be among them.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from provisioning.core import identities
from provisioning.core.origins import Origin
from provisioning.operations import operations, plans
from provisioning.operations.deletions import require_present
from provisioning.operations.moves import Move
from provisioning.operations.plans import Target
from provisioning.paging import pages
from provisioning.resources import associations, queries
from provisioning.table import dynamodb
from provisioning.table.dynamodb import Item
from provisioning.table.keys import KeyRange

EXAMINED_UNITS = 40
"""Read units that the links of a rehearsal, with their parents, may cost: a thousand of few."""
SAMPLE = 10
"""Links that a rehearsal shows."""
_FIRST_PART = 20
"""Links that are examined first: if all their parents are different, they cost two units each."""
_LOOKED_UP = 40
"""Links of which is looked up, one by one, whether they stand at the target: of more, all that
could stand there are read."""
_READ_THERE = 1000
"""Links that are read there at most."""


@dataclass(frozen=True)
class Rehearsal:
    """What a reassignment would do.

    Attributes:
        total: How many links meet the filter.
        moved: How many of them would be moved; the others are where they are to go, or are on their
            way to ``default``. None where there are too many to tell.
        merged: How many of these would become one with another; None as above.
        sample: The first of those that would be moved.
    """

    total: int
    moved: int | None
    merged: int | None
    sample: list[Item]


def start(account_id: str, filters: Item, target: Target, origin: Origin) -> str:
    """Begin to move all links that meet a filter.

    Args:
        account_id: The account.
        filters: The members that they have, as a list's filters; None for an entity: none.
        target: Where they go.
        origin: Who asks for it.

    Returns:
        The id of the operation.

    Raises:
        InvalidError: The target does not exist.
        ThrottledError, UnavailableError: The table could not be worked with.
    """
    require_present(account_id, target, "target.")
    places = queries.ranges(account_id, filters)
    total = pages.total(places)
    pieces = operations.new_reassignment(
        account_id, places, (filters, target.shown()), total, origin
    )
    dynamodb.transact([dynamodb.create(piece) for piece in pieces])
    operation_id: str = pieces[0]["operationId"]
    return operation_id


def rehearse(account_id: str, filters: Item, target: Target) -> Rehearsal:
    """Return what a reassignment would do, without doing it.

    Raises:
        InvalidError: The target does not exist.
        ThrottledError, UnavailableError: The table could not be read.
    """
    require_present(account_id, target, "target.")
    places = queries.ranges(account_id, filters)
    total = pages.total(places)
    work = operations.new_reassignment(
        account_id, places, (filters, target.shown()), total, _NOBODY
    )[0]
    moves: list[Move] = []
    for part in _examined(places):
        if part is None:
            return Rehearsal(total, None, None, [move.source for move in moves[:SAMPLE]])
        moves += plans.moves(work, part)
    merged = _merged(account_id, filters | target.shown(), moves)
    return Rehearsal(total, len(moves), merged, [move.source for move in moves[:SAMPLE]])


def _examined(places: list[KeyRange]) -> Iterator[list[Item] | None]:
    """Yield links in parts, None at last where they and their parents cost more than is allowed."""
    used_before, read, size = dynamodb.usage.read_units, 0, _FIRST_PART
    for place in places:
        after: str | None = None
        while True:
            found = dynamodb.query(place, after=after, limit=size)
            yield found.items
            read += len(found.items)
            used = dynamodb.usage.read_units - used_before
            if found.last is None:
                break
            if used > EXAMINED_UNITS:
                yield None
                return
            affordable = int(read * (EXAMINED_UNITS - used) / used) if used else plans.LINKS
            after, size = found.last, max(_FIRST_PART, min(plans.LINKS, affordable))


def _merged(account_id: str, filters: Item, moves: list[Move]) -> int | None:
    """Return how many moves would become one with another; None where that is too dear to tell.

    Args:
        account_id: The account.
        filters: What all links have after they were moved.
        moves: The moves.
    """
    targets = {move.after for move in moves}
    if len(targets) <= _LOOKED_UP:
        standing = len(
            dynamodb.get_many(associations.key_of(account_id, target) for target in targets)
        )
    else:
        places = queries.ranges(account_id, filters)
        if pages.total(places) > _READ_THERE:
            return None
        there = (item for place in places for item in dynamodb.query_all(place))
        standing = sum(identities.of(item) in targets for item in there)
    return len(moves) - len(targets) + standing


_NOBODY = Origin("rehearsal")
