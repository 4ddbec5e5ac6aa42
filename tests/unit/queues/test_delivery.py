"""Messages go to SQS in batches that it takes, and its errors are those of the product."""

import json
from collections import deque
from collections.abc import Iterator
from typing import Any, cast
from unittest.mock import ANY

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from provisioning.core.errors import ThrottledError, UnavailableError
from provisioning.queues import delivery
from provisioning.queues.delivery import QueueMessage
from tests.support.transport import Answer, answered, failed, unreachable

URL = "https://sqs.test/q"


class Sqs:
    """Replaces botocore's connections; every call has to be expected."""

    def __init__(self) -> None:
        self.expected: deque[tuple[str, dict[str, Any], dict[str, Any]]] = deque()
        self.failure: Answer | None = None

    def add_response(self, operation: str, response: Any, sent: dict[str, Any]) -> None:
        self.expected.append((operation, sent, response))

    def fail(self, code: str, status: int) -> None:
        """Answer everything with an error from now on."""
        self.failure = failed(code, status)

    def send(self, request: AWSPreparedRequest) -> AWSResponse:
        if self.failure is not None:
            return self.failure(request, self.send)
        operation, sent, response = self.expected.popleft()
        assert request.headers["X-Amz-Target"] == f"AmazonSQS.{operation}".encode()
        assert sent == json.loads(cast("bytes", request.body))
        return answered(**response)(request, self.send)


@pytest.fixture
def sqs(monkeypatch: pytest.MonkeyPatch, pauses: list[float]) -> Iterator[Sqs]:
    """SQS, of which every call has to be expected."""
    service = Sqs()
    monkeypatch.setattr(delivery.client()._endpoint.http_session, "send", service.send)
    yield service
    assert not service.expected


def entries(*positions: int) -> list[dict[str, Any]]:
    return [{"Id": str(at), "MessageId": "m", "MD5OfMessageBody": "x"} for at in positions]


def expect_batch(sqs: Sqs, *positions: int, refused: tuple[int, ...] = ()) -> None:
    response = {
        "Successful": entries(*(at for at in positions if at not in refused)),
        "Failed": [
            {"Id": str(at), "SenderFault": False, "Code": "InternalError"} for at in refused
        ],
    }
    sent = [{"Id": str(at), "MessageBody": ANY} for at in positions]
    sqs.add_response("SendMessageBatch", response, {"QueueUrl": URL, "Entries": sent})


def test_messages_are_sent_ten_at_a_time(sqs: Sqs) -> None:
    expect_batch(sqs, *range(10))
    expect_batch(sqs, *range(10, 13))
    assert delivery.send_all(URL, [QueueMessage("body")] * 13) == set(range(13))


def test_a_batch_is_no_longer_than_a_single_message_may_be(sqs: Sqs) -> None:
    half = QueueMessage("é" * (delivery.MAXIMUM_BYTES // 4))
    expect_batch(sqs, 0, 1)
    expect_batch(sqs, 2)
    assert delivery.send_all(URL, [half] * 3) == {0, 1, 2}


def test_it_returns_the_messages_that_the_queue_accepted(sqs: Sqs) -> None:
    expect_batch(sqs, 0, 1, 2, refused=(1,))
    assert delivery.send_all(URL, [QueueMessage("body")] * 3) == {0, 2}


def test_attributes_count_as_part_of_the_size_and_are_sent(sqs: Sqs) -> None:
    letter = QueueMessage("body", {"reason": "é"})
    assert letter.size == len("body") + len("reason") + len("String") + 2
    attributes = {"reason": {"DataType": "String", "StringValue": "é"}}
    sent = [{"Id": "0", "MessageBody": "body", "MessageAttributes": attributes}]
    response = {"Successful": entries(0), "Failed": []}
    sqs.add_response("SendMessageBatch", response, {"QueueUrl": URL, "Entries": sent})
    delivery.send_all(URL, [letter])


def test_messages_are_removed_ten_at_a_time(sqs: Sqs) -> None:
    for size in (10, 1):
        removed = [{"Id": ANY, "ReceiptHandle": "r"}] * size
        response: dict[str, Any] = {"Successful": [], "Failed": []}
        sqs.add_response("DeleteMessageBatch", response, {"QueueUrl": URL, "Entries": removed})
    delivery.remove_all(URL, ["r"] * 11)


def test_nothing_is_sent_or_removed_without_a_call(sqs: Sqs) -> None:
    assert delivery.send_all(URL, []) == set()
    delivery.remove_all(URL, [])


@pytest.mark.parametrize(
    ("code", "status", "error"),
    [
        ("RequestThrottled", 403, ThrottledError),
        ("ThrottlingException", 400, ThrottledError),
        ("AWS.SimpleQueueService.NonExistentQueue", 400, UnavailableError),
        ("AccessDenied", 403, UnavailableError),
        ("InternalError", 500, UnavailableError),
    ],
)
def test_the_queues_errors_are_those_of_the_product(
    sqs: Sqs, code: str, status: int, error: type[Exception]
) -> None:
    sqs.fail(code, status)
    with pytest.raises(error):
        delivery.send(URL, "body")


def test_a_queue_that_cannot_be_reached_is_unavailable(sqs: Sqs) -> None:
    sqs.failure = unreachable
    with pytest.raises(UnavailableError, match=r"after 3 attempts in \d+\.\d s: unreachable"):
        delivery.send(URL, "body")
