"""Creates the entities that submitted messages name; triggered by their queue."""

from datetime import UTC, datetime
from typing import Any

from provisioning.core.log import logger, metrics
from provisioning.messages import submissions
from provisioning.messages.received import ReceivedMessage
from provisioning.table import dynamodb


def received(message: dict[str, Any]) -> ReceivedMessage:
    """Return a message of the queue from its record in the event."""
    sent = int(message["attributes"]["SentTimestamp"]) / 1000
    return ReceivedMessage(
        message_id=message["messageId"],
        receipt=message["receiptHandle"],
        sent_at=datetime.fromtimestamp(sent, UTC),
        body=message["body"],
    )


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Process a batch of the queue's messages and report those that failed."""
    dynamodb.usage.reset()
    outcome = submissions.process([received(message) for message in event["Records"]])
    return {"batchItemFailures": [{"itemIdentifier": failed} for failed in outcome.failed]}
