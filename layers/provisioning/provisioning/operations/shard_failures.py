"""Shards that fail or make no progress."""

from typing import cast

from provisioning.core.clock import now, seconds_since
from provisioning.core.errors import ProvisioningError, ThrottledError, is_passing
from provisioning.core.log import logger
from provisioning.operations import control, shard_writes
from provisioning.operations.transitions import failure, has_failed, with_event
from provisioning.table import operation_keys, reads, writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.operation_types import Shard

FAILURES = 5
"""Failed attempts at a slice after which the operation is shown as failed."""
STALLED_SECONDS = 180
"""Seconds without progress after which a shard is revived: longer than a function may run."""
FAILED_SECONDS = 3600
"""Seconds after which a shard that has failed is revived: the cause may be gone."""


def note(record: Shard, error: Exception) -> None:
    """Count a failed attempt on a shard; several without progress make the operation fail.

    An attempt that the table refused for its limits does not count: the operation takes longer.
    The record is tried again or put aside in any case, so a failure to write this is only logged.
    The write must not start a slice (``awake``): each failure would start another one.

    Args:
        record: The shard as its stream record has it.
        error: Why the attempt failed.
    """
    if isinstance(error, ThrottledError):
        return
    try:
        shard = shard_writes.current(record)
        if shard is not None:
            # An error that does not pass puts the record aside at once.
            failures = shard.get("failures", 0) + 1 if is_passing(error) else FAILURES
            changes = {"failures": failures, "awake": False, "updatedAt": now()}
            if failures >= FAILURES:
                reason = failure()
                changes |= reason | with_event(shard, "FAILED", reason=reason["reason"])
            writes.execute(shard_writes.update(shard, changes))
    except (ConditionFailedError, ProvisioningError):
        logger.exception("The operation could not record a failed attempt")


def revive(stalled_seconds: float = STALLED_SECONDS, failed_seconds: float = FAILED_SECONDS) -> int:
    """Wake the shards that are not done and make no progress.

    The stream record of a slice may be in the dead-letter queue, or the function may have died
    where nothing could be written.

    Args:
        stalled_seconds: Seconds without progress after which a shard is woken.
        failed_seconds: The same for a shard that is shown as failed.

    Returns:
        How many shards were woken.
    """
    woken = 0
    for partition in operation_keys.OPEN_PARTITIONS:
        for item in reads.batch_get(reads.query_open(partition)).values():
            shard = cast("Shard", item)
            patience = failed_seconds if has_failed(shard) else stalled_seconds
            if shard["working"] and seconds_since(shard["updatedAt"]) > patience:
                control.wake(shard, with_event(shard, "REVIVED"))
                woken += 1
    return woken
