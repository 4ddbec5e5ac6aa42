"""Dead letters: submissions that can never be processed completely, with the reason."""

from collections.abc import Sequence

from provisioning.core.config import dead_submissions_url, submissions_url
from provisioning.core.errors import ThrottledError, UnavailableError
from provisioning.core.log import logger
from provisioning.messages.received import ReceivedSubmission
from provisioning.queues import delivery
from provisioning.queues.delivery import QueueMessage

_REASON_LENGTH = 1000


def send_to_dead_letter_queue(submissions: Sequence[ReceivedSubmission]) -> None:
    """Move messages to the dead-letter queue, each with its reason.

    If that fails they stay on the queue, and its redrive policy moves them in the end. Their
    reasons are then only in the log.
    """
    messages = [_message(submission) for submission in submissions]
    for message in messages:
        logger.warning("A submission cannot be processed", extra=dict(message.attributes))
    try:
        sent = delivery.send_all(dead_submissions_url(), messages)
        receipts = [submissions[position].message.receipt for position in sent]
        delivery.remove_all(submissions_url(), receipts)
    except (ThrottledError, UnavailableError):
        logger.exception("Submissions could not be moved to the dead-letter queue")


def _message(submission: ReceivedSubmission) -> QueueMessage:
    reason = "; ".join(
        f"{member}: {', '.join(found)}" for member, found in submission.problems.items()
    )
    # The reason can name any member: `ascii` leaves the characters that a queue accepts.
    attributes = {
        "reason": ascii(reason)[1:-1][:_REASON_LENGTH],
        "messageId": submission.message.message_id,
    }
    return QueueMessage(submission.message.body, attributes)
