"""Processing a batch of submissions: the entities that they name are created.

Then the messages that ask for senders are answered (module ``sender_requests``).

The cost is that of the distinct entities, however many messages name them: one read for each
entity, one write in a transaction for each that is missing, and for each that exists at most one
write an hour, which stores when it was last seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from provisioning.core.log import MetricUnit, logger, metrics
from provisioning.messages import dead_letters, entity_creation, received, sender_requests
from provisioning.messages.entity_creation import Counts
from provisioning.messages.received import ReceivedMessage
from provisioning.table import dynamodb


@dataclass(frozen=True)
class Outcome:
    """The outcome of a batch.

    Attributes:
        created: Entities that it created.
        seen: Entities of which it stored that they were seen.
        answers: Requests for senders that it answered.
        failed: The ids of the messages that could not be processed, or only in part.
    """

    created: int
    seen: int
    answers: int
    failed: list[str]


def process(messages: Sequence[ReceivedMessage]) -> Outcome:
    """Process a batch: create the entities that its messages name and that do not exist.

    Requests for senders are answered after that.

    A message that can never be processed completely is moved to the dead-letter queue with the
    reason, after everything possible is done for it. A message that must wait for the table is
    delivered again by the queue. Both are reported as failed.
    """
    submissions = [received.read(message) for message in messages]
    named = received.distinct_entities(submissions)
    counts = Counts()
    failures = entity_creation.create_missing(named, counts)
    for submission in submissions:
        submission.add_failures(failures)
    answers = sender_requests.answer(submissions)
    if dead := [each for each in submissions if each.problems and not each.must_wait]:
        dead_letters.send_to_dead_letter_queue(dead)
    failed = [each.message.message_id for each in submissions if each.problems or each.must_wait]
    outcome = Outcome(counts.created, counts.seen, answers, failed)
    _log(outcome, len(messages), len(named))
    return outcome


def _log(outcome: Outcome, submissions: int, entities: int) -> None:
    """Log one line for the batch, without ids of the customer, and its metrics."""
    usage = dynamodb.usage
    summary = {
        "submissions": submissions,
        "entities": entities,
        "created_entities": outcome.created,
        "seen_entities": outcome.seen,
        "answered_requests": outcome.answers,
        "failed": len(outcome.failed),
        "calls": usage.calls,
        "read_units": usage.read_units,
        "write_units": usage.write_units,
    }
    logger.info("%d submissions, %d entities", submissions, entities, extra=summary)
    for name, value in (
        ("Submissions", submissions),
        ("FailedSubmissions", len(outcome.failed)),
        ("CreatedEntities", outcome.created),
        ("ResolvedSenderRequests", outcome.answers),
        ("ReadUnits", usage.read_units),
        ("WriteUnits", usage.write_units),
    ):
        metrics.add_metric(name, MetricUnit.Count, value)
