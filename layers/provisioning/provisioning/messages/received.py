"""Submissions received from the queue, and the entities that a batch of them names."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from provisioning.core.clock import text
from provisioning.core.errors import InvalidError, ProvisioningError
from provisioning.core.kinds import ENTITY
from provisioning.messages import sender_requests, submission_reading
from provisioning.messages.submission_shapes import QueuedSubmission
from provisioning.shapes.documents import read_json
from provisioning.shapes.partly import parse_partly
from provisioning.table import keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from provisioning.messages.sender_shapes import SenderRequest
    from provisioning.shapes.fields import Problems
    from provisioning.table.primary_keys import Key

MAXIMUM_AGE = timedelta(days=28)
"""How long ago a message may have been submitted: 14 days on the queue, 14 in the dead-letter
queue."""


_MESSAGES = submission_reading.MESSAGES._replace(path=("submission", "messages"))


class ReceivedMessage(NamedTuple):
    """A message received from the queue.

    Attributes:
        message_id: The queue's id of it.
        receipt: The handle by which it can be deleted from the queue.
        sent_at: When the queue received it.
        body: Its text.
    """

    message_id: str
    receipt: str
    sent_at: datetime
    body: str

    @classmethod
    def of(cls, record: Mapping[str, Any]) -> Self:
        """Read a message from its record in the event of a function."""
        sent = int(record["attributes"]["SentTimestamp"]) / 1000
        return cls(
            message_id=record["messageId"],
            receipt=record["receiptHandle"],
            sent_at=datetime.fromtimestamp(sent, UTC),
            body=record["body"],
        )


class NamedEntity(NamedTuple):
    """An entity that messages of a batch name.

    Attributes:
        account_id: The account.
        entity_id: The entity.
        first: When the first of these messages was submitted.
        last: When the last one was.
    """

    account_id: str
    entity_id: str
    first: str
    last: str

    @property
    def key(self) -> Key:
        """The key of the entity's item."""
        return keys.parent(self.account_id, ENTITY, self.entity_id)


@dataclass
class ReceivedSubmission:
    """A submission of a batch.

    Attributes:
        message: The message of the queue.
        named: The entities that it names, by their keys.
        problems: What is wrong with it, so that it can never be processed completely.
        must_wait: Whether it must be delivered again, because the table could not be written.
        account_id: The account; "" if it could not be read.
        requests: The requests for senders.
    """

    message: ReceivedMessage
    named: dict[Key, NamedEntity]
    problems: Problems
    must_wait: bool = False
    account_id: str = ""
    requests: list[SenderRequest] = field(default_factory=list)

    def add_failures(self, failures: Mapping[Key, ProvisioningError]) -> None:
        """Note what went wrong with the entities that it names."""
        for key in self.named.keys() & failures.keys():
            error = failures[key]
            if isinstance(error, InvalidError):
                self.problems |= error.problems
            else:
                self.must_wait = True


def read(message: ReceivedMessage) -> ReceivedSubmission:
    """Read a message of the queue, as far as possible."""
    try:
        given = read_json(message.body)
        document = submission_reading.without_unused(given)
        queued, problems = parse_partly(QueuedSubmission, document, _MESSAGES)
        moment = _moment(queued.submitted_at, message.sent_at)
    except InvalidError as error:
        return ReceivedSubmission(message, {}, error.problems)
    named = (
        NamedEntity(queued.account_id, entity_id, moment, moment)
        for entity_id in submission_reading.entity_ids(queued.submission)
    )
    requests, more_problems = sender_requests.read(given)
    return ReceivedSubmission(
        message,
        {each.key: each for each in named},
        problems | more_problems,
        account_id=queued.account_id,
        requests=requests,
    )


def _moment(submitted_at: datetime, sent_at: datetime) -> str:
    """Return when a message was submitted, which is never after it was sent.

    No queue keeps a message for ``MAXIMUM_AGE``. An event that says it was sent so long ago was
    made by hand, and is treated as sent now.

    Raises:
        InvalidError: It is so long ago that the tombstones of deleted entities may have expired.
    """
    now = datetime.now(UTC)
    if now - submitted_at > MAXIMUM_AGE:
        problem = f"must not be more than {MAXIMUM_AGE.days} days ago"
        raise InvalidError({"submittedAt": [problem]})
    return text(min(submitted_at, sent_at if now - sent_at < MAXIMUM_AGE else now))


def distinct_entities(submissions: Iterable[ReceivedSubmission]) -> list[NamedEntity]:
    """Return every entity that submissions name, once."""
    distinct: dict[Key, NamedEntity] = {}
    for submission in submissions:
        for key, named in submission.named.items():
            known = distinct.get(key, named)
            distinct[key] = named._replace(
                first=min(known.first, named.first), last=max(known.last, named.last)
            )
    return list(distinct.values())
