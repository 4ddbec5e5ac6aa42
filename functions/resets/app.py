"""Resets what was linked to deleted parents; set off by the table's stream.

The event source lets through work that was handed on and associations that have parents
(template.yaml, ``FilterCriteria``). A record that fails is reported by itself: those behind it
are delivered again, which harms none of them.
"""

from typing import Any

from provisioning import batch, dynamodb, resets
from provisioning.batch import Record
from provisioning.log import logger


def reset(record: Record) -> None:
    """Handle one stream record by what kind of item it is of."""
    item = dynamodb.decode(record["dynamodb"]["NewImage"])
    if item["type"] == "association":
        resets.check(item)
    else:
        resets.advance(item)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Handle a batch of stream records and report those that failed."""
    return batch.process(event, reset)
