"""Batches of stream records: what fails is retried, or put aside in a dead-letter queue.

A failure that passes (a throttled or unreachable table) is reported, and Lambda delivers again for
as long as the stream keeps the record. Any other failure is the record's own: it would stop all
later records of its stream shard, so the record goes to the function's dead-letter queue with the
reason, from which ``python -m ops replay-dead-letters`` processes it again.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from provisioning.core import config
from provisioning.core.errors import UnavailableError, is_passing
from provisioning.core.log import logger
from provisioning.queues import delivery
from provisioning.queues.delivery import MAXIMUM_BYTES, QueueMessage
from provisioning.table.stream_records import StreamRecord

_REASON_LENGTH = 1000


def process_each(
    records: Iterable[StreamRecord], handle: Callable[[StreamRecord], None]
) -> Mapping[str, Any]:
    """Handle each record of a batch, and return those to retry in the form that Lambda expects.

    Lambda delivers again from the first failed record on (AWS, "Partial batch responses"), so it
    must be harmless to handle a record twice (docs/adr/0067).

    Args:
        records: The records.
        handle: Handles one record.
    """
    event = {"Records": [record.raw for record in records]}
    if not event["Records"]:
        return {"batchItemFailures": []}

    def handle_logged(record: DynamoDBRecord) -> None:
        try:
            _handle(StreamRecord(record.raw_event), handle)
        except Exception:
            logger.exception("A stream record failed and will be retried")
            raise

    processor = BatchProcessor(EventType.DynamoDBStreams, raise_on_entire_batch_failure=False)
    return process_partial_response(event, handle_logged, processor)


def _handle(record: StreamRecord, handle: Callable[[StreamRecord], None]) -> None:
    try:
        handle(record)
    except Exception as error:
        if is_passing(error):
            raise
        logger.exception("A stream record cannot be processed")
        send_to_dead_letter_queue(record, error)


def send_to_dead_letter_queue(record: StreamRecord, error: Exception) -> None:
    """Put a record that cannot be processed into the function's dead-letter queue.

    Args:
        record: The record. One that is too large for a message is sent without its images.
        error: Why it cannot be processed.

    Raises:
        ThrottledError, UnavailableError: The queue did not accept it.
    """
    reason = ascii(f"{type(error).__name__}: {error}")[1:-1][:_REASON_LENGTH]
    message = QueueMessage(json.dumps({"record": record.raw}), {"reason": reason})
    if message.size > MAXIMUM_BYTES:
        change = record.raw["dynamodb"]
        named = {name: change[name] for name in ("Keys", "SequenceNumber")}
        message = QueueMessage(json.dumps({"tooLarge": named}), {"reason": reason})
    if not delivery.send_all(config.dead_records_url(), [message]):
        raise UnavailableError("The dead-letter queue rejected a message")
