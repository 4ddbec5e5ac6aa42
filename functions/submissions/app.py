"""Creates the entities that submitted messages name; set off by their queue."""

from datetime import UTC, datetime
from typing import Any

from provisioning.core.log import logger, metrics
from provisioning.messages import submissions
from provisioning.messages.submissions import Record
from provisioning.table import dynamodb


def record(message: dict[str, Any]) -> Record:
    """Return a message of the queue as the rule takes it."""
    sent = int(message["attributes"]["SentTimestamp"]) / 1000
    return Record(
        message_id=message["messageId"],
        receipt=message["receiptHandle"],
        sent_at=datetime.fromtimestamp(sent, UTC),
        body=message["body"],
    )


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Work off a batch of the queue's messages and report those that failed."""
    dynamodb.usage.reset()
    outcome = submissions.take([record(message) for message in event["Records"]])
    return {"batchItemFailures": [{"itemIdentifier": failed} for failed in outcome.failed]}
