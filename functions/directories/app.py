"""Checks the page directories and copies of all accounts; set off by a schedule.

What is wrong is put right, and counted in a metric that raises an alarm: it should never happen.
"""

import random
from typing import Any

from provisioning.accounts import authentication
from provisioning.core.log import MetricUnit, logger, metrics
from provisioning.projections import consistency

RESERVED_MILLISECONDS = 120_000
"""Time that must be left for another account to be begun."""


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(_event: dict[str, Any], context: Any) -> dict[str, int]:
    """Check accounts in any order, one at least and as many as time allows; tell what was found."""
    pending = [account["accountId"] for account in authentication.list_accounts()]
    random.shuffle(pending)
    found = 0
    while pending:
        found += _check(pending.pop())
        if context.get_remaining_time_in_millis() < RESERVED_MILLISECONDS:
            break
    if pending:
        logger.warning("%d accounts are left for the next time", len(pending))
    metrics.add_metric("DirectoryDifferences", MetricUnit.Count, found)
    return {"differences": found, "accountsLeft": len(pending)}


def _check(account_id: str) -> int:
    wrong = consistency.check(account_id)
    if wrong:
        logger.error(
            "%d differences, which are put right", len(wrong), extra={"account": account_id}
        )
        consistency.rebuild(account_id)
    return len(wrong)
