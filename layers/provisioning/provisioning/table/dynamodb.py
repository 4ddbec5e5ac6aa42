"""Calls DynamoDB, for the modules ``reads`` and ``writes`` of this package.

Every call is bounded in tries and time. Errors that remain are turned into errors of this product,
so none of the service's own leaves this module.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache, partial
from secrets import SystemRandom
from threading import Lock
from typing import TYPE_CHECKING, Any

from provisioning.aws import bounds, clients
from provisioning.aws.clients import NotConfiguredError, ServiceError, UnreachableError
from provisioning.core.errors import CapacityExceededError, ThrottledError, UnavailableError
from provisioning.table.formats import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from provisioning.aws.clients import Client
    from provisioning.table.items import Item

# The system's source of randomness, not Python's: a process restored from a snapshot of another
# (SnapStart) would draw the same pauses.
_random = SystemRandom()

CONFLICT_TRIES = 7
"""Tries of a write that meets another transaction on the same item; waits double from 20 ms."""

_THROTTLES = clients.THROTTLES | {"ProvisionedThroughputExceeded", "ThrottlingError"}
"""As whole calls are throttled, and as parts of a transaction are."""
_CONFLICTS = {
    "TransactionConflict",
    "TransactionConflictException",
    "TransactionInProgressException",
}
_REJECTIONS = {
    "ItemCollectionSizeLimitExceeded",
    "ItemCollectionSizeLimitExceededException",
    "SerializationException",
    "ValidationError",
    "ValidationException",
}
_CONDITIONS = {"ConditionalCheckFailed", "ConditionalCheckFailedException"}


class ConditionFailedError(Exception):
    """A write found its item in another state than its condition asks for; nothing was written.

    Attributes:
        found: For each write whose condition failed, by its position, the current item, or
            None where there is none.
    """

    def __init__(self, found: dict[int, Any]) -> None:
        """Take the items that were found, by the position of their write."""
        super().__init__(f"conditions failed at {sorted(found)}")
        self.found = found


@dataclass
class Usage:
    """What calls to DynamoDB used since the last reset: calls, and read and write units.

    Calls of several threads are all counted.
    """

    calls: int = 0
    read_units: float = 0
    write_units: float = 0
    _lock: Lock = field(default_factory=Lock, repr=False, compare=False)

    def add(self, operation: str, response: Mapping[str, Any]) -> None:
        """Count one call and the units that its response reports."""
        consumed = response.get("ConsumedCapacity", ())
        units = sum(
            part["CapacityUnits"]
            for part in (consumed if isinstance(consumed, list) else [consumed])
            if part
        )
        with self._lock:
            self.calls += 1
            if operation in _READS:
                self.read_units += units
            else:
                self.write_units += units

    def reset(self) -> None:
        """Start again from nothing."""
        self.calls, self.read_units, self.write_units = 0, 0, 0


_READS = {"GetItem", "BatchGetItem", "Query"}

usage = Usage()
"""The usage of the invocation under way; a process serves one at a time."""


@cache
def client() -> Client:
    """Return the client of this process (endpoint, region and credentials: the environment's).

    Raises:
        NotConfiguredError: There is no region.
    """
    return clients.create("dynamodb")


def prepare() -> None:
    """Make the client, so that the first call need not; where nothing is configured, it fails."""
    with suppress(NotConfiguredError):
        client()


def pauses(tries: int = CONFLICT_TRIES) -> Iterator[Callable[[], None]]:
    """Yield, for each try, the pause to make before the next one: full jitter from 20 ms up.

    There are fewer tries where a client would wait too long.
    """
    for attempt in range(tries):
        if attempt and bounds.seconds_left() <= 0:
            return
        yield partial(_pause, 0.02 * 2**attempt)


def _pause(ceiling: float) -> None:
    """Wait for a random time, so that rivals do not meet again."""
    time.sleep(min(_random.uniform(0, ceiling), max(0.0, bounds.seconds_left())))


def call(
    operation: str, tries: int = CONFLICT_TRIES, *, paced: bool = False, **parameters: Any
) -> Any:
    """Call DynamoDB; meet conflicts with further tries, and turn what remains into our errors.

    Args:
        operation: The operation of DynamoDB.
        tries: Attempts at most.
        paced: Whether a refusal for lack of capacity is raised at once, not tried again here.
        parameters: The operation's parameters.
    """
    parameters["ReturnConsumedCapacity"] = "TOTAL"
    started, attempts, last = time.monotonic(), 0, f"{operation} failed: no time left"
    remaining: Exception = ThrottledError()
    for pause in pauses(tries):
        try:
            response = clients.call(client(), operation, parameters)
        except ServiceError as error:
            usage.calls += 1
            attempts += error.attempts
            last = _description(operation, attempts, started, _why(error))
            remaining = _translated(error, last)
            at_once = paced and isinstance(remaining, CapacityExceededError)
            if at_once or not _is_passing(error):
                raise remaining from error
            pause()
        except UnreachableError as error:
            attempts += error.attempts
            raise UnavailableError(
                _description(operation, attempts, started, str(error))
            ) from error
        else:
            usage.add(operation, response)
            return response
    raise remaining if isinstance(remaining, ThrottledError) else ThrottledError(reason=last)


def _description(operation: str, attempts: int, started: float, why: str) -> str:
    """Return for the log what was called, how often, for how long, and why it failed."""
    seconds = time.monotonic() - started
    return f"{operation} failed after {attempts} attempts in {seconds:.1f} s: {why}"


def _why(error: ServiceError) -> str:
    parts = _codes(error) - {error.code}
    return f"{error}: {', '.join(sorted(parts))}" if parts else str(error)


def _codes(error: ServiceError) -> set[str]:
    """Return why a call failed: its code, or for a cancelled transaction the codes of its parts."""
    reasons = error.document.get("CancellationReasons", ())
    return {reason["Code"] for reason in reasons} - {"None"} or {error.code}


def _is_passing(error: ServiceError) -> bool:
    """Return whether a pause may help: a write at the same moment conflicts, or a part of
    a transaction was throttled (the client itself only repeats what is throttled as a whole).
    """
    if "CancellationReasons" not in error.document:
        return bool(_codes(error) & _CONFLICTS)
    # A condition that failed beside them says nothing of the items that were in conflict.
    retried = _CONFLICTS | _THROTTLES
    return bool(_codes(error) & retried) and _codes(error) <= retried | _CONDITIONS


def _translated(error: ServiceError, reason: str) -> Exception:
    codes = _codes(error)
    if codes & _CONDITIONS:
        return ConditionFailedError(_found(error))
    if codes & _THROTTLES:
        return CapacityExceededError(reason=reason)
    if codes & _CONFLICTS:
        return ThrottledError(reason=reason)
    return UnavailableError(reason, passes=not codes & _REJECTIONS)


def _found(error: ServiceError) -> dict[int, Item | None]:
    reasons = error.document.get("CancellationReasons")
    if reasons is None:
        reasons = [{"Code": "ConditionalCheckFailed", "Item": error.document.get("Item")}]
    return {
        position: decode(reason["Item"]) if reason.get("Item") else None
        for position, reason in enumerate(reasons)
        if reason["Code"] == "ConditionalCheckFailed"
    }
