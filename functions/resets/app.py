"""Carries out operations and moves orphans; triggered by the table's stream.

The event source lets through shards that start a slice and associations that have parents
(template.yaml, ``FilterCriteria``). The records after a failed one are delivered again: harmless.
"""

from functools import partial
from typing import TYPE_CHECKING, Any, cast

from provisioning.core.log import MetricUnit, logger, metrics
from provisioning.operations import orphans, worker
from provisioning.table import stream_records
from provisioning.table.stream_records import StreamRecord

if TYPE_CHECKING:
    from provisioning.table.operation_types import Shard


def check_together(records: list[StreamRecord]) -> bool:
    """Check all associations of a batch, reading their parents at once.

    Returns:
        Whether that succeeded. If not, each is checked alone, so that only those fail that must.
    """
    try:
        orphans.check(each.item for each in records if each.item["type"] == "association")
    except Exception:  # noqa: BLE001 - each record will fail by itself
        logger.exception("A batch could not be checked together")
        return False
    return True


def handle(record: StreamRecord, *, checked: bool) -> None:
    """Handle one stream record."""
    if record.item["type"] != "association":
        worker.advance(cast("Shard", record.item))
    elif not checked:
        orphans.check([record.item])


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Handle a batch of stream records and report those that failed."""
    records = stream_records.of_event(event)
    slices = sum("working" in each.item for each in records)
    metrics.add_metric("Slices", MetricUnit.Count, slices)
    return stream_records.process_each(records, partial(handle, checked=check_together(records)))
