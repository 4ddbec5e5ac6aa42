"""The pace of an operation, which its pieces share through its item.

What a refusal leaves of the pace is written to the operation's item (``paceLimit`` in links per
1,000 seconds, ``pacedAt`` in milliseconds since 1970). Each piece reads it when its slice begins,
takes its share, and is slower at once where it is itself refused.
"""

import time
from collections.abc import Sequence

from provisioning.core.clock import seconds_since
from provisioning.core.errors import CapacityExceededError, NotFoundError
from provisioning.operations import operations
from provisioning.table import dynamodb, keys
from provisioning.table.dynamodb import ConditionFailedError, Item, Write
from provisioning.table.pace import Pace

LIMITED_SECONDS = 30.0
"""For how long after a refusal an operation is not split further: more pieces would do no more."""
_THOUSAND = 1000


def of(work: Item) -> Pace:
    """Return the pace at which a piece of work may go on.

    Raises:
        ThrottledError, UnavailableError: The operation could not be read.
    """
    operation = work
    if work["type"] != "operation":
        try:
            operation = operations.get(work["accountId"], work["operationId"])
        except NotFoundError:
            return Pace()
    limit = operation.get("paceLimit")
    return Pace(
        limit=None if limit is None else limit / _THOUSAND,
        refused_at=operation.get("pacedAt", 0) / _THOUSAND,
        parts=max(1, operation.get("parts", 1)),
        idle_since=time.time() - seconds_since(work["updatedAt"]),
        on_refusal=_Sharing(operation),
    )


def is_limited(operation: Item) -> bool:
    """Tell whether an operation was refused a moment ago."""
    return bool(time.time() - operation.get("pacedAt", 0) / _THOUSAND < LIMITED_SECONDS)


def transact(writes: Sequence[Write], links: int, pace: Pace) -> None:
    """Carry out a transaction that moves links, as soon as the pace allows and the table takes it.

    Raises:
        ConditionFailedError: An item is not as expected.
        CapacityExceededError: The table refuses everything for too long.
        ThrottledError, UnavailableError: Bounded tries did not get it through.
    """
    while True:
        pace.wait(links)
        began = time.monotonic()
        try:
            dynamodb.transact(writes, paced=True)
        except CapacityExceededError:
            pace.refused()
        else:
            return pace.done(links, time.monotonic() - began)


class _Sharing:
    """Tells the other pieces of an operation of a refusal."""

    def __init__(self, operation: Item) -> None:
        self._key = keys.operation(operation["accountId"], operation["operationId"])
        self._known = operation.get("pacedAt")

    def __call__(self, pace: Pace) -> None:
        limit, moment = int((pace.limit or 0) * _THOUSAND), int(pace.refused_at * _THOUSAND)
        values = {"paceLimit": limit, "pacedAt": moment, "awake": False}
        try:
            dynamodb.write(dynamodb.change(self._key, values, pacedAt=self._known))
            self._known = moment
        except ConditionFailedError as error:
            found = error.found.get(0) or {}
            self._known = found.get("pacedAt")
            if found.get("paceLimit") is not None:
                pace.limit = min(pace.limit or 0, found["paceLimit"] / _THOUSAND)
        except CapacityExceededError:
            return  # The others find out for themselves.
