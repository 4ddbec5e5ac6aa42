"""Looks after operations that stand still; set off by a schedule."""

from typing import Any

from provisioning.core.log import MetricUnit, logger, metrics
from provisioning.operations import shard_failures


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(_event: dict[str, Any], _context: Any) -> dict[str, int]:
    """Wake the work that shows no progress and tell how much of it there was."""
    woken = shard_failures.revive()
    metrics.add_metric("RevivedWork", MetricUnit.Count, woken)
    return {"woken": woken}
