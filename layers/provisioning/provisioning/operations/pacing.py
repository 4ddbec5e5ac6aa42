"""The pace of an operation, which its shards share through its item.

What a refusal leaves of the pace is written to the operation's item (``paceLimit`` in
associations in 1,000 seconds, ``pacedAt`` in milliseconds since 1970). Each shard reads it when its
slice starts, takes its share, and slows down at once when it is itself refused.
"""

import time
from collections.abc import Callable, Sequence
from typing import cast

from provisioning.core.clock import seconds_since
from provisioning.core.errors import CapacityExceededError, ThrottledError
from provisioning.operations import lookup
from provisioning.operations.shard_state import is_operation
from provisioning.operations.slice_work import StepT
from provisioning.table import operation_keys, writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.operation_types import Operation, Shard
from provisioning.table.pace import Pace
from provisioning.table.writes import Write

LIMITED_SECONDS = 30.0
"""For how long after a refusal an operation is not split further: more shards would do no more."""
_THOUSAND = 1000


def of(shard: Shard) -> Pace:
    """Return the pace of a shard."""
    operation = cast("Operation", shard) if is_operation(shard) else _operation(shard)
    limit = operation.get("paceLimit")
    return Pace(
        limit=None if limit is None else limit / _THOUSAND,
        refused_at=operation.get("pacedAt", 0) / _THOUSAND,
        parts=max(1, operation.get("openShards", 1)),
        idle_since=time.time() - seconds_since(shard["updatedAt"]),
        on_refusal=_Sharing(operation),
    )


def _operation(shard: Shard) -> Operation:
    return lookup.get(shard["accountId"], shard["operationId"])


def is_limited(operation: Operation) -> bool:
    """Return whether the table has just refused an operation."""
    return bool(time.time() - operation.get("pacedAt", 0) / _THOUSAND < LIMITED_SECONDS)


def transact(planned: Sequence[Write], moves: int, pace: Pace) -> None:
    """Carry out a transaction of moves, as soon as the pace allows and the table takes it.

    Raises:
        ConditionFailedError: An item is not as expected.
        CapacityExceededError: The table refuses everything for too long.
        ThrottledError, UnavailableError: Bounded tries did not get it through.
    """
    while True:
        pace.wait(moves)
        began = time.monotonic()
        try:
            writes.transact(planned, paced=True)
        except CapacityExceededError as refusal:
            pace.refused(refusal)
        else:
            return pace.done(moves, time.monotonic() - began)


def in_parts(
    make: Callable[[Shard, list[StepT], Pace], Shard], shard: Shard, chunk: list[StepT], pace: Pace
) -> Shard:
    """Make the steps of a chunk, in one transaction if possible; return the shard after it.

    Args:
        make: Makes steps in one transaction; returns the shard after it.
        shard: The shard.
        chunk: The steps.
        pace: The pace of the shard.

    Raises:
        CapacityExceededError: The table has refused everything for a while.
        OvertakenError: Another worker has written the shard.
    """
    try:
        return make(shard, chunk, pace)
    except CapacityExceededError:
        raise
    except ThrottledError:
        # Clients keep writing an item of the chunk. Smaller transactions share fewer items with
        # them and succeed sooner.
        if len(chunk) == 1:
            raise
        half = len(chunk) // 2
        shard = in_parts(make, shard, chunk[:half], pace)
        return in_parts(make, shard, chunk[half:], pace)


class _Sharing:
    """Records for the other shards of an operation that the table has refused one."""

    def __init__(self, operation: Operation) -> None:
        self._key = operation_keys.operation(operation["accountId"], operation["operationId"])
        self._known = operation.get("pacedAt")

    def __call__(self, pace: Pace) -> None:
        limit, moment = int((pace.limit or 0) * _THOUSAND), int(pace.refused_at * _THOUSAND)
        values = {"paceLimit": limit, "pacedAt": moment, "awake": False}
        try:
            writes.execute(writes.update(self._key, values, pacedAt=self._known))
            self._known = moment
        except ConditionFailedError as error:
            found = error.found.get(0) or {}
            self._known = found.get("pacedAt")
            if found.get("paceLimit") is not None:
                pace.limit = min(pace.limit or 0, found["paceLimit"] / _THOUSAND)
        except CapacityExceededError:
            return  # The others find out for themselves.
