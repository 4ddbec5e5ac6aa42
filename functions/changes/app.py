"""Follows every change of the table's items; triggered by its stream.

It updates the page indexes and the audit. The event source filters out its own writes
(template.yaml, ``FilterCriteria``). It is harmless to follow a record twice.
"""

from collections.abc import Mapping
from typing import Any

from provisioning.aws import bounds
from provisioning.core.errors import is_passing
from provisioning.core.log import logger
from provisioning.projections import stream_consumer
from provisioning.table import stream_records
from provisioning.table.stream_records import StreamRecord


def follow_alone(record: StreamRecord) -> None:
    """Follow a single record."""
    stream_consumer.follow([record])


@logger.inject_lambda_context(clear_state=True)
@bounds.within_time_left
def handler(event: dict[str, Any], _context: Any) -> Mapping[str, Any]:
    """Follow a batch of stream records together; if one of them cannot be followed, each alone."""
    records = stream_records.of_event(event)
    try:
        stream_consumer.follow(records)
    except Exception as error:
        if is_passing(error):
            raise  # Lambda delivers the whole batch again.
        logger.exception("A batch could not be followed together")
        # Hardly ever needed, and its imports would slow down every start.
        from provisioning.queues import stream_batches  # noqa: PLC0415

        return stream_batches.process_each(records, follow_alone)
    return {"batchItemFailures": []}
