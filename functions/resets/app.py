"""Works off operations and resets what was linked too late; set off by the table's stream.

The event source lets through work that was handed on and associations that have parents
(template.yaml, ``FilterCriteria``). A record that fails is reported by itself: those behind it
are delivered again, which harms none of them.
"""

from functools import partial
from typing import Any

from provisioning.core import batch
from provisioning.core.batch import Record
from provisioning.core.log import MetricUnit, logger, metrics
from provisioning.operations import worker
from provisioning.table import dynamodb
from provisioning.table.dynamodb import Item


def item_of(record: Record) -> Item:
    """Return the item that a stream record tells of, as it became."""
    return dynamodb.decode(record["dynamodb"]["NewImage"])


def check_together(event: dict[str, Any]) -> bool:
    """Check all associations of a batch, their parents read at once; tell whether that is done.

    If it is not, each record is looked at by itself, so that only those fail that must.
    """
    try:
        items = [item_of(record) for record in event["Records"]]
        worker.check(item for item in items if item["type"] == "association")
    except Exception:  # noqa: BLE001 - each record will tell for itself
        logger.exception("A batch could not be checked as one")
        return False
    return True


def handle(record: Record, *, checked: bool) -> None:
    """Handle one stream record by what kind of item it is of."""
    item = item_of(record)
    if item["type"] != "association":
        worker.advance(item)
    elif not checked:
        worker.check([item])


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Handle a batch of stream records and report those that failed."""
    slices = [record for record in event["Records"] if "working" in record["dynamodb"]["NewImage"]]
    metrics.add_metric("Slices", MetricUnit.Count, len(slices))
    return batch.process(event, partial(handle, checked=check_together(event)))
