"""A kind of operation: which associations it moves, where to, and what clients may do with it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from provisioning.operations.move import Move
from provisioning.operations.shard_state import Changes
from provisioning.table.operation_types import Shard
from provisioning.table.primary_keys import KeyRange

ASSOCIATIONS_AT_ONCE = 240
"""Associations read at a time: fifteen transactions' worth."""


class TargetGoneError(Exception):
    """The target of a reassignment has been deleted; the text names it."""


class Split(NamedTuple):
    """A shard as two: its changes, and the part of the new one."""

    kept: Changes
    new: Changes


def has_no_next_part(_shard: Shard) -> Changes | None:
    """Return None: a shard covers a single key range."""
    return None


@dataclass(frozen=True)
class OperationKind:
    """A kind of operation.

    Attributes:
        name: Its name in the API and in stored operations.
        key_range: Returns the key range that a whole operation reads; a shard may cover a part.
        moves: Returns the moves for some items of that range, as read. It may raise
            ``TargetGoneError``, which ends the operation, and the errors of the table.
        begin: Does what the operation does beside moving associations. It is run before the first
            slice of each shard, maybe more than once, and must be harmless to repeat.
        rewrites: Whether it rewrites outdated items of that range instead of moving associations.
        page_size: Items read at a time.
        next_part: Returns what changes on a shard that has read its key range and goes on with
            another one; None if it covers no more.
        split: Returns how a shard becomes two; None if too little of it remains. Without one, half
            of the sort keys that remain become another shard.
        can_cancel: Whether clients can cancel it.
        can_undo: Whether clients can undo it.
        deletes_parent: Whether it was started by deleting an application or entity, which an undo
            restores.
    """

    name: str
    key_range: Callable[[Shard], KeyRange]
    moves: Callable[[Shard, list[Any]], Iterable[Move]] = lambda _shard, _found: ()
    begin: Callable[[Shard], None] = lambda _shard: None
    rewrites: bool = False
    page_size: int = ASSOCIATIONS_AT_ONCE
    next_part: Callable[[Shard], Changes | None] = has_no_next_part
    split: Callable[[Shard], Split | None] | None = None
    can_cancel: bool = False
    can_undo: bool = True
    deletes_parent: bool = False
