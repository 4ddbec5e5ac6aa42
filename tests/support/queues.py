"""The queue of submissions and its dead letters, on an emulator of SQS of a worker's own."""

import json
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError

from local.queues import server
from provisioning.core import clock
from provisioning.queues import delivery

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True)
class Queues:
    """The queues of submissions.

    Attributes:
        sqs: A client of the emulator.
        url: Where submissions wait.
        dead_url: The dead-letter queue.
        answers_url: Where requests for senders are answered.
    """

    sqs: "SQSClient"
    url: str
    dead_url: str
    answers_url: str

    @property
    def environment(self) -> dict[str, str]:
        """The variables that functions are given, and those that lead AWS's clients here."""
        return {
            "AWS_ENDPOINT_URL_SQS": self.sqs.meta.endpoint_url,
            "SUBMISSIONS_URL": self.url,
            "DEAD_SUBMISSIONS_URL": self.dead_url,
            "RESOLVED_SENDERS_URL": self.answers_url,
        }

    def waiting(self) -> list[Any]:
        """Take all submissions off the queue, as documents."""
        return [json.loads(message["Body"]) for message in self._take_all(self.url)]

    def answers(self) -> list[Any]:
        """Take all answers to requests for senders off their queue, as documents."""
        return [json.loads(message["Body"]) for message in self._take_all(self.answers_url)]

    def dead(self) -> dict[str, str]:
        """Take all dead letters off their queue: the reason of each by its body."""
        return {
            message["Body"]: message["MessageAttributes"]["reason"]["StringValue"]
            for message in self._take_all(self.dead_url)
        }

    def event(self) -> dict[str, Any]:
        """Receive what is waiting, as Lambda hands it to a function; it stays on the queue."""
        return {"Records": [record_of(message) for message in self._receive_all(self.url)]}

    def delete(self, receipt: str) -> None:
        """Delete a submission that was processed."""
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=receipt)

    def show(self, event: dict[str, Any]) -> None:
        """Let what was received and not deleted be received again at once."""
        for record in event["Records"]:
            with suppress(ClientError):
                self.sqs.change_message_visibility(
                    QueueUrl=self.url, ReceiptHandle=record["receiptHandle"], VisibilityTimeout=0
                )

    def count(self) -> int:
        """Return how many messages are on the queue, in flight or not."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        answer = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)  # type: ignore[arg-type]
        return sum(int(value) for value in answer["Attributes"].values())

    def _take_all(self, url: str) -> list[Any]:
        messages = self._receive_all(url)
        for message in messages:
            self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        return messages

    def _receive_all(self, url: str) -> list[Any]:
        found: list[Any] = []
        while True:
            answer = self.sqs.receive_message(
                QueueUrl=url,
                MaxNumberOfMessages=10,
                MessageAttributeNames=["All"],
                MessageSystemAttributeNames=["All"],
            )
            if not answer.get("Messages"):
                return found
            found += answer["Messages"]


def record_of(message: Any) -> dict[str, Any]:
    """Return a received message as Lambda hands it to a function."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message["Attributes"],
    }


def queued(
    submission: Any,
    account_id: str = "acme",
    submitted_at: str | None = None,
    senders: Any = None,
) -> str:
    """Return what a messaging service puts on the queue for a submission."""
    moment = submitted_at or clock.now()
    message = {"accountId": account_id, "submittedAt": moment, "submission": submission}
    return json.dumps(message if senders is None else {**message, "senders": senders})


def event_of(*bodies: str) -> dict[str, Any]:
    """Return the event of messages with these bodies, sent now, that were on no queue."""
    sent = str(int(datetime.now(UTC).timestamp() * 1000))
    return {
        "Records": [
            {
                "messageId": str(at),
                "receiptHandle": f"receipt-{at}",
                "body": body,
                "attributes": {"SentTimestamp": sent},
            }
            for at, body in enumerate(bodies)
        ]
    }


def failed(answer: dict[str, Any]) -> list[str]:
    """Return the ids of the messages that the function on the queue reports."""
    return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]


@pytest.fixture(scope="session")
def sqs() -> Iterator["SQSClient"]:
    """A client of an emulator of SQS."""
    running = server.start()
    try:
        running.wait()
        yield server.client(running.endpoint)
    finally:
        running.stop()


@pytest.fixture
def submission_queues(sqs: "SQSClient", monkeypatch: pytest.MonkeyPatch) -> Iterator[Queues]:
    """New queues that the code under test uses."""
    urls = [
        sqs.create_queue(QueueName=f"{name}-{uuid.uuid4()}")["QueueUrl"]
        for name in ("submissions", "dead", "answers")
    ]
    created = Queues(sqs, *urls)
    for name, value in created.environment.items():
        monkeypatch.setenv(name, value)
    delivery.client.cache_clear()
    yield created
    delivery.client().close()
    delivery.client.cache_clear()
