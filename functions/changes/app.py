"""Follows every change of the table's items; set off by its stream.

It keeps the page directories, the copies of associations by resource and the audit. The event
source leaves out what is written here (template.yaml, ``FilterCriteria``). A batch that fails is
delivered again, in halves: what was followed already is harmless to follow again.
"""

from typing import Any

from provisioning.core.log import logger
from provisioning.projections import audit, follower


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> None:
    """Follow a batch of stream records."""
    batch = [follower.of_record(record) for record in event["Records"]]
    follower.follow(batch)
    audit.record(audit.Change(*change) for change in batch)
