"""Creates the entities that submitted messages name; triggered by their queue."""

from collections.abc import Mapping
from functools import partial
from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord

from provisioning.aws import bounds
from provisioning.core.log import logger, metrics
from provisioning.messages import submissions
from provisioning.messages.received import ReceivedMessage
from provisioning.table import dynamodb


class NotProcessedError(Exception):
    """A message was not processed and must be delivered again."""


def report(record: SQSRecord, *, failed: set[str]) -> None:
    """Fail for a message that the batch, which is processed together, could not process."""
    if record.message_id in failed:
        raise NotProcessedError(record.message_id)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
@bounds.within_time_left
def handler(event: dict[str, Any], _context: Any) -> Mapping[str, Any]:
    """Process a batch of the queue's messages and report those that failed."""
    dynamodb.usage.reset()
    outcome = submissions.process([ReceivedMessage.of(record) for record in event["Records"]])
    return process_partial_response(
        event,
        partial(report, failed=set(outcome.failed)),
        BatchProcessor(EventType.SQS, raise_on_entire_batch_failure=False),
    )
