"""Wakes operations that make no progress; triggered by a schedule."""

from typing import Any

from provisioning.aws import bounds
from provisioning.core.log import MetricUnit, logger, metrics
from provisioning.operations import shard_failures


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
@bounds.within_time_left
def handler(_event: dict[str, Any], _context: Any) -> dict[str, int]:
    """Wake shards that make no progress, and return how many."""
    woken = shard_failures.revive()
    metrics.add_metric("RevivedWork", MetricUnit.Count, woken)
    return {"woken": woken}
