"""Follows every change of the table's items; triggered by its stream.

It updates the page indexes and the audit. The event source filters out its own writes
(template.yaml, ``FilterCriteria``). A batch that fails is delivered again, in halves; following a
record twice is harmless.
"""

from typing import Any

from provisioning.core.log import logger
from provisioning.projections import audit, follower
from provisioning.table import stream_records


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> None:
    """Follow a batch of stream records."""
    records = stream_records.of_event(event)
    follower.follow(records)
    audit.record(records)
