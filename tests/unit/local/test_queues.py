"""Queues drive functions as Lambda's event source mappings do."""

import json
import threading
from typing import TYPE_CHECKING, Any, cast

import pytest

from local.queues.poller import QueuePoller
from local.queues.server import attributes, create
from local.resources import EventSource, Resource
from local.settings import LocalError
from local.worker import Answer

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

ARN = "arn:aws:sqs:us-east-1:000000000000:jobs"
FAILED = Answer.failure("ValueError", "no")


class FakeQueue:
    """A queue in place of the server's client: what is received stays until it is deleted."""

    def __init__(self, *bodies: str) -> None:
        self.visible = [self.message(number, body) for number, body in enumerate(bodies)]
        self.deleted: list[str] = []
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def message(self, number: int, body: str) -> dict[str, Any]:
        """Write a message as SQS gives it."""
        return {
            "MessageId": f"m{number}",
            "ReceiptHandle": f"r{number}",
            "Body": body,
            "MD5OfBody": "md5",
            "Attributes": {"ApproximateReceiveCount": "1"},
            "MessageAttributes": {
                "text": {"DataType": "String", "StringValue": "x"},
                "bytes": {"DataType": "Binary", "BinaryValue": b"\xff"},
            },
        }

    def get_queue_url(self, **_: Any) -> dict[str, str]:
        """Find the queue."""
        return {"QueueUrl": "http://queues/jobs"}

    def receive_message(self, **arguments: Any) -> dict[str, Any]:
        """Receive."""
        count = arguments["MaxNumberOfMessages"]
        assert 1 <= count <= 10
        received, self.visible = self.visible[:count], self.visible[count:]
        return {"Messages": received} if received else {}

    def delete_message_batch(self, **arguments: Any) -> None:
        """Delete."""
        assert len(arguments["Entries"]) <= 10
        self.deleted += [entry["ReceiptHandle"] for entry in arguments["Entries"]]

    def list_queues(self) -> dict[str, list[str]]:
        """List one queue that exists."""
        return {"QueueUrls": ["http://queues/old"]}

    def create_queue(self, **arguments: Any) -> None:
        """Create a queue."""
        self.calls.append(("create", arguments))

    def set_queue_attributes(self, **arguments: Any) -> None:
        """Set a queue's attributes."""
        self.calls.append(("set", arguments))


def poll(queue: FakeQueue, answer: Answer, **settings: Any) -> list[dict[str, Any]]:
    """Take one step of a poller.

    Returns:
        The events that the function got.
    """
    events: list[dict[str, Any]] = []

    def invoke(event: bytes) -> Answer:
        events.append(json.loads(event))
        return answer

    source = EventSource("Jobs", "Worker", ARN, settings)
    client = cast("SQSClient", queue)
    QueuePoller(client, source, invoke, lambda _: None, threading.Event()).step()
    return events


def test_a_message_is_passed_as_lambda_does_and_deleted() -> None:
    queue = FakeQueue("hello")
    (event,) = poll(queue, Answer(b"null"))

    assert event["Records"] == [
        {
            "messageId": "m0",
            "receiptHandle": "r0",
            "body": "hello",
            "attributes": {"ApproximateReceiveCount": "1"},
            "messageAttributes": {
                "text": {
                    "stringValue": "x",
                    "stringListValues": [],
                    "binaryListValues": [],
                    "dataType": "String",
                },
                "bytes": {
                    "binaryValue": "/w==",
                    "stringListValues": [],
                    "binaryListValues": [],
                    "dataType": "Binary",
                },
            },
            "md5OfBody": "md5",
            "eventSource": "aws:sqs",
            "eventSourceARN": ARN,
            "awsRegion": "us-east-1",
        }
    ]
    assert queue.deleted == ["r0"]


def test_a_batch_has_as_many_messages_as_the_event_source_says() -> None:
    queue = FakeQueue(*map(str, range(60)))
    (event,) = poll(queue, Answer(b"null"), BatchSize=25, MaximumBatchingWindowInSeconds=1)

    assert len(event["Records"]) == len(queue.deleted) == 25


def test_a_function_that_fails_leaves_its_messages_in_the_queue() -> None:
    queue = FakeQueue("a", "b")
    poll(queue, FAILED)

    assert queue.deleted == []


def test_messages_that_were_reported_stay_and_the_others_go() -> None:
    report = Answer(b'{"batchItemFailures":[{"itemIdentifier":"m1"}]}')
    queue = FakeQueue("a", "b", "c")
    poll(queue, report, FunctionResponseTypes=["ReportBatchItemFailures"])

    assert queue.deleted == ["r0", "r2"]


def test_filters_of_a_queue_are_refused() -> None:
    source = EventSource("Jobs", "Worker", ARN, {"FilterCriteria": {"Filters": []}})

    with pytest.raises(LocalError, match=r"Jobs: .* does not support filters"):
        QueuePoller(cast("SQSClient", FakeQueue()), source, Answer, print, threading.Event())


def test_nothing_is_invoked_when_nothing_is_there() -> None:
    assert poll(FakeQueue(), Answer(b"null")) == []


def test_queues_get_the_settings_of_the_template_whether_or_not_they_exist() -> None:
    sqs = FakeQueue()
    redrive = {"deadLetterTargetArn": "arn:dead", "maxReceiveCount": 3}
    create(
        cast("SQSClient", sqs),
        [Resource("new", {"RedrivePolicy": redrive}), Resource("old", {"DelaySeconds": 5})],
    )

    url = "http://queues/jobs"
    assert sqs.calls == [
        ("set", {"QueueUrl": url, "Attributes": {"DelaySeconds": "5"}}),
        ("create", {"QueueName": "new"}),
        ("set", {"QueueUrl": url, "Attributes": {"RedrivePolicy": json.dumps(redrive)}}),
    ]
    assert attributes({"SqsManagedSseEnabled": True, "Tags": []}) == {}
