"""Checks and repairs page indexes, resource links and the audit; triggered by a schedule.

Differences are counted in a metric that raises an alarm, as there should never be any.
"""

import random
from typing import Any

from provisioning.accounts import accounts
from provisioning.aws import bounds
from provisioning.core.log import MetricUnit, logger, metrics
from provisioning.projections import repair

RESERVED_MILLISECONDS = 120_000
"""Time that must be left to start another account."""


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
@bounds.within_time_left
def handler(_event: dict[str, Any], context: Any) -> dict[str, int]:
    """Check accounts in random order, at least one and as many as time allows."""
    pending = [account["accountId"] for account in accounts.list_all()]
    random.shuffle(pending)
    found = 0
    while pending:
        found += repair.check(pending.pop())
        if context.get_remaining_time_in_millis() < RESERVED_MILLISECONDS:
            break
    if pending:
        logger.warning("%d accounts were not checked for lack of time", len(pending))
    metrics.add_metric("ConsistencyDifferences", MetricUnit.Count, found)
    return {"differences": found, "accountsLeft": len(pending)}
