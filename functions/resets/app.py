"""Resets what was linked to deleted parents; set off by the table's stream.

The event source lets through work that was handed on and associations that have parents
(template.yaml, ``FilterCriteria``). A record that fails is reported by itself: those behind it
are delivered again, which harms none of them.
"""

from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from provisioning import dynamodb, resets
from provisioning.log import logger

processor = BatchProcessor(EventType.DynamoDBStreams, raise_on_entire_batch_failure=False)


def reset(record: DynamoDBRecord) -> None:
    """Handle one stream record by what kind of item it is of."""
    item = dynamodb.decode(record.raw_event["dynamodb"]["NewImage"])
    if item["type"] == "association":
        resets.check(item)
    else:
        resets.advance(item)


@logger.inject_lambda_context(clear_state=True)
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Handle a batch of stream records and report those that failed."""
    return dict(process_partial_response(event, reset, processor, context))
