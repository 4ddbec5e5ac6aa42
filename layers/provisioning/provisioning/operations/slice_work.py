"""What a slice does with the items that it reads: it moves associations, or rewrites items."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from provisioning.operations.operation_kind import OperationKind
from provisioning.operations.shard_state import Changes
from provisioning.table import writes
from provisioning.table.operation_types import Shard
from provisioning.table.pace import Pace
from provisioning.table.primary_keys import Key


class Step(Protocol):
    """The work on one item."""

    @property
    def progress(self) -> Changes:
        """What the shard stores once the step is done."""

    def keys(self, account_id: str, /) -> list[Key]:
        """Return the keys of all items that the step may write."""


StepT = TypeVar("StepT", bound=Step)


@dataclass(frozen=True)
class SliceWork(Generic[StepT]):
    """The work of a slice.

    Attributes:
        plan: Returns the steps for some items, as read.
        make: Makes steps in one transaction; returns the shard after it.
        as_stored: Whether it reads items in their stored format.
        changes_totals: Whether its steps change what page indexes count.
    """

    plan: Callable[[OperationKind, Shard, list[Any]], Iterable[StepT]]
    make: Callable[[Shard, list[StepT], Pace], Shard]
    as_stored: bool
    changes_totals: bool

    def touched(self, shard: Shard, made: list[StepT]) -> list[Key]:
        """Return the keys of the items that steps have changed, as page indexes count them."""
        if not self.changes_totals:
            return []
        return [key for step in made for key in step.keys(shard["accountId"])]


def in_chunks(
    account_id: str,
    steps: Iterable[StepT],
    other_writes: int,
    at_most: Callable[[int], int] = lambda fitting: fitting,
) -> Iterator[list[StepT]]:
    """Yield steps in groups that each fit into one transaction.

    Args:
        account_id: The account.
        steps: The steps.
        other_writes: Writes that each transaction has beside those of the steps.
        at_most: Returns how many steps a group may have, of so many as could fit.
    """
    chunk: list[StepT] = []
    room = writes.TRANSACTION_ITEMS - other_writes
    for step in steps:
        needed = len(step.keys(account_id))
        if chunk and (room < needed or len(chunk) >= at_most(writes.TRANSACTION_ITEMS)):
            yield chunk
            chunk, room = [], writes.TRANSACTION_ITEMS - other_writes
        chunk.append(step)
        room -= needed
    if chunk:
        yield chunk
