"""Carries out operations and moves orphans; triggered by the table's stream.

The event source lets through shards that start a slice and associations that have parents
(template.yaml, ``FilterCriteria``). The records after a failed one are delivered again: harmless.
"""

from collections.abc import Mapping
from typing import Any

from provisioning.aws import bounds
from provisioning.core.errors import is_passing
from provisioning.core.log import MetricUnit, logger, metrics
from provisioning.operations import stream_consumer
from provisioning.queues import stream_batches
from provisioning.table import stream_records
from provisioning.table.stream_records import StreamRecord


def check_together(records: list[StreamRecord]) -> list[StreamRecord]:
    """Check all associations of a batch at once, and return the records still to be handled.

    If that fails, each is checked alone, so that only those fail that must.
    """
    try:
        stream_consumer.check_together(records)
    except Exception as error:  # noqa: BLE001 - each record will fail by itself
        if not is_passing(error):
            logger.exception("A batch could not be checked together")
        return records
    return [each for each in records if each.item["type"] != "association"]


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
@bounds.within_time_left
def handler(event: dict[str, Any], _context: Any) -> Mapping[str, Any]:
    """Handle a batch of stream records and report those to retry."""
    records = stream_records.of_event(event)
    slices = sum("working" in each.item for each in records)
    metrics.add_metric("Slices", MetricUnit.Count, slices)
    return stream_batches.process_each(check_together(records), stream_consumer.handle)
