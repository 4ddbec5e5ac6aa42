"""Reassigning or removing all links that meet a filter, by one operation.

The links are read where they are certain to be found: under their application or entity, or, where
the filter names neither, among all of the account. What the operation moves is decided when it
comes to a link; links made meanwhile may be among them.
"""

from dataclasses import dataclass
from itertools import islice

from provisioning.core.origins import Origin
from provisioning.operations import operations, plans
from provisioning.operations.deletions import require_present
from provisioning.operations.plans import Target
from provisioning.resources import associations, queries
from provisioning.resources.association_shapes import AssociationQuery
from provisioning.table import dynamodb
from provisioning.table.dynamodb import Item

EXAMINED = 10_000
"""Links of which a rehearsal tells how many would merge."""
SAMPLE = 10
"""Links that a rehearsal shows."""


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
    return _start(account_id, (filters, target.shown()), origin)


def start_unlinking(account_id: str, filters: Item, origin: Origin) -> str:
    """Begin to remove all links that meet a filter.

    Args:
        account_id: The account.
        filters: The members that they have, as a list's filters; None for an entity: none.
        origin: Who asks for it.

    Returns:
        The id of the operation.

    Raises:
        ThrottledError, UnavailableError: The table could not be worked with.
    """
    return _start(account_id, (filters, None), origin)


def _start(account_id: str, wanted: tuple[Item, Item | None], origin: Origin) -> str:
    query = _query(wanted[0])
    places = queries.swept(account_id, query)
    total = queries.page(account_id, query).total
    pieces = operations.new_filtered(account_id, places, wanted, total, origin)
    dynamodb.transact([dynamodb.create(piece) for piece in pieces])
    operation_id: str = pieces[0]["operationId"]
    return operation_id


def rehearse_unlinking(account_id: str, filters: Item) -> Rehearsal:
    """Return what an unlinking would do, without doing it: the links that meet the filter.

    Raises:
        ThrottledError, UnavailableError: The table could not be read.
    """
    found = queries.page(account_id, _query(filters, SAMPLE))
    return Rehearsal(found.total, None, None, found.items)


def rehearse(account_id: str, filters: Item, target: Target) -> Rehearsal:
    """Return what a reassignment would do, without doing it.

    Raises:
        InvalidError: The target does not exist.
        ThrottledError, UnavailableError: The table could not be read.
    """
    require_present(account_id, target, "target.")
    query = _query(filters)
    total = queries.page(account_id, query).total
    if total > EXAMINED:
        return Rehearsal(total, None, None, [])
    work = operations.new_filtered(
        account_id, queries.swept(account_id, query), (filters, target.shown()), total, _NOBODY
    )[0]
    moves = [
        move
        for place in queries.swept(account_id, query)
        for part in dynamodb.slices(place, plans.LINKS)
        for move in plans.moves(work, part)
    ]
    targets = {associations.key_of(account_id, move.after) for move in moves}
    merged = len(moves) - len(targets) + len(dynamodb.get_many(targets))
    return Rehearsal(total, len(moves), merged, [move.source for move in islice(moves, SAMPLE)])


_NOBODY = Origin("rehearsal")


def _query(filters: Item, size: int = 1) -> AssociationQuery:
    return AssociationQuery.model_validate({**filters, "page": 0, "size": size})
