"""Messages go to SQS in batches that it takes, and its errors are those of the product."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from botocore.stub import ANY, Stubber

from provisioning import queues
from provisioning.errors import ThrottledError, UnavailableError
from provisioning.queues import Letter

URL = "https://sqs.test/q"


@pytest.fixture
def sqs() -> Iterator[Stubber]:
    """SQS, of which every call has to be expected."""
    queues.client.cache_clear()
    with Stubber(queues.client()) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()
    queues.client.cache_clear()


def entries(*positions: int) -> list[dict[str, Any]]:
    return [{"Id": str(at), "MessageId": "m", "MD5OfMessageBody": "x"} for at in positions]


def expect_batch(sqs: Stubber, *positions: int, refused: tuple[int, ...] = ()) -> None:
    response = {
        "Successful": entries(*(at for at in positions if at not in refused)),
        "Failed": [
            {"Id": str(at), "SenderFault": False, "Code": "InternalError"} for at in refused
        ],
    }
    sent = [{"Id": str(at), "MessageBody": ANY} for at in positions]
    sqs.add_response("send_message_batch", response, {"QueueUrl": URL, "Entries": sent})


def test_messages_are_sent_ten_at_a_time(sqs: Stubber) -> None:
    expect_batch(sqs, *range(10))
    expect_batch(sqs, *range(10, 13))
    assert queues.send_all(URL, [Letter("body")] * 13) == set(range(13))


def test_a_batch_is_no_longer_than_a_single_message_may_be(sqs: Stubber) -> None:
    half = Letter("é" * (queues.MAXIMUM_BYTES // 4))
    expect_batch(sqs, 0, 1)
    expect_batch(sqs, 2)
    assert queues.send_all(URL, [half] * 3) == {0, 1, 2}


def test_it_tells_which_messages_the_queue_took(sqs: Stubber) -> None:
    expect_batch(sqs, 0, 1, 2, refused=(1,))
    assert queues.send_all(URL, [Letter("body")] * 3) == {0, 2}


def test_what_is_told_beside_the_text_counts_as_its_size_and_is_sent(sqs: Stubber) -> None:
    letter = Letter("body", {"reason": "é"})
    assert letter.size == len("body") + len("reason") + len("String") + 2
    attributes = {"reason": {"DataType": "String", "StringValue": "é"}}
    sent = [{"Id": "0", "MessageBody": "body", "MessageAttributes": attributes}]
    response = {"Successful": entries(0), "Failed": []}
    sqs.add_response("send_message_batch", response, {"QueueUrl": URL, "Entries": sent})
    queues.send_all(URL, [letter])


def test_messages_are_removed_ten_at_a_time(sqs: Stubber) -> None:
    for size in (10, 1):
        removed = [{"Id": ANY, "ReceiptHandle": "r"}] * size
        response: dict[str, Any] = {"Successful": [], "Failed": []}
        sqs.add_response("delete_message_batch", response, {"QueueUrl": URL, "Entries": removed})
    queues.remove_all(URL, ["r"] * 11)


def test_nothing_is_sent_or_removed_without_a_call(sqs: Stubber) -> None:
    assert queues.send_all(URL, []) == set()
    queues.remove_all(URL, [])


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
    sqs: Stubber, code: str, status: int, error: type[Exception]
) -> None:
    sqs.add_client_error("send_message", code, "internals", status)
    with pytest.raises(error):
        queues.send(URL, "body")


def test_a_queue_that_cannot_be_reached_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(*_: Any) -> Any:
        raise EndpointConnectionError(endpoint_url=URL)

    monkeypatch.setattr(queues.client(), "_make_api_call", unreachable)
    with pytest.raises(UnavailableError):
        queues.send(URL, "body")
    queues.client.cache_clear()


def test_a_call_is_bounded_in_tries_and_time() -> None:
    config = queues.client().meta.config
    assert config.retries["total_max_attempts"] == 3  # type: ignore[attr-defined]
    assert (config.connect_timeout + config.read_timeout) * 3 < 29  # type: ignore[attr-defined]
    assert os.environ["AWS_REGION"] == queues.client().meta.region_name
