"""Where a course of chaos happens: on the engine, or in memory (``tests.support.memory_place``)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import pytest
from botocore.retries.quota import RetryQuota

from provisioning.queues import delivery
from provisioning.table.items import Item
from tests.support.associations import stored_items
from tests.support.queues import Queues
from tests.support.stream import Record, Stream
from tests.support.transport import Answer, through_to_engine

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


class SubmissionQueue(Protocol):
    """The queue of submissions, as Lambda reads it."""

    def event(self) -> Mapping[str, Any]:
        """Return the waiting messages as the event that Lambda sends; they stay in the queue."""

    def delete(self, receipt: str) -> None:
        """Delete a message that was processed."""

    def show(self, event: Any) -> None:
        """Make messages that were received, but not deleted, available again at once."""


class Place(Protocol):
    """A table, its stream and the queue of submissions, on the way to which calls meet faults."""

    @property
    def queue(self) -> SubmissionQueue:
        """The queue."""

    def read(self) -> list[Record]:
        """Return stream records that have come since the last call, in order; none at the end."""

    def items(self) -> Iterator[Item]:
        """Yield every item of the table."""

    def skip_pauses(self, patch: pytest.MonkeyPatch) -> None:
        """Let the code under test pause without waiting."""

    def let_table(self, patch: pytest.MonkeyPatch, answer: Answer) -> None:
        """Let all calls to the table be answered in one way."""

    def let_queue(self, patch: pytest.MonkeyPatch, answer: Answer) -> None:
        """Let all calls to the queue be answered in one way."""


@dataclass(frozen=True)
class Engine:
    """DynamoDB Local and an emulator of SQS.

    Attributes:
        stream: The stream of the table.
        database: A client of the engine.
        table: The name of the table.
        queue: The queues.
    """

    stream: Stream
    database: "DynamoDBClient"
    table: str
    queue: Queues

    def read(self) -> list[Record]:
        """Return stream records that have come since the last call, in order; none at the end."""
        return self.stream.read()

    def items(self) -> Iterator[Item]:
        """Yield every item of the table."""
        return stored_items(self.database, self.table)

    def skip_pauses(self, patch: pytest.MonkeyPatch) -> None:
        """Let the code under test pause without waiting."""
        patch.setattr("time.sleep", lambda _seconds: None)

    def let_table(self, patch: pytest.MonkeyPatch, answer: Answer) -> None:
        """Let all calls to the table be answered in one way."""
        through_to_engine(patch).always(answer)

    def let_queue(self, patch: pytest.MonkeyPatch, answer: Answer) -> None:
        """Let all calls to the queue be answered in one way."""
        session = delivery.client()._endpoint.http_session
        send = session.send
        patch.setattr(RetryQuota, "acquire", lambda *_: True)
        patch.setattr(session, "send", lambda request: answer(request, send))
