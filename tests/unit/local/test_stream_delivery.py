"""Batches of a stream are delivered, tried again and given up as Lambda does it."""

import json
import threading
from collections.abc import Sequence
from typing import Any

import pytest

from local.streams.delivery import Delivery, Record, StoppedError
from local.worker import Answer
from tests.unit.local.records import (
    FAILED,
    HANDLED,
    NOW,
    QUEUE,
    SOURCE,
    numbers,
    record,
    settings,
)


class Pauses(threading.Event):
    """Notes pauses instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.seconds: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        """Pass at once."""
        self.seconds.append(timeout)
        return self.is_set()


class Poisoned:
    """A function that cannot handle some records, and what became of a delivery to it."""

    def __init__(
        self, poison: set[int], *, reports: bool = False, times: float = float("inf")
    ) -> None:
        self.poison = poison
        self.reports = reports
        self.times = times
        self.calls: list[list[int]] = []
        self.given_up: list[dict[str, Any]] = []
        self.pauses = Pauses()

    def invoke(self, event: bytes) -> Answer:
        """Answer for the function."""
        seen = numbers(json.loads(event)["Records"])
        self.calls.append(seen)
        failed = sorted(self.poison & set(seen))
        if not failed or len(self.calls) > self.times:
            return HANDLED
        if not self.reports:
            return FAILED
        items = [{"itemIdentifier": f"{number:03d}"} for number in reversed(failed)]
        return Answer(json.dumps({"batchItemFailures": items}).encode())

    def give_up(self, queue: str, document: str) -> None:
        """Take a failure document."""
        assert queue == QUEUE
        self.given_up.append(json.loads(document))

    def deliver(self, records: Sequence[Record], **properties: Any) -> None:
        """Deliver records to it."""
        if self.reports:
            properties["FunctionResponseTypes"] = ["ReportBatchItemFailures"]
        Delivery(
            settings(**properties), self.invoke, self.give_up, self.pauses, lambda: NOW
        ).deliver(SOURCE, records)


BATCH = [record(number) for number in range(1, 9)]


def test_a_batch_that_is_handled_is_delivered_once() -> None:
    function = Poisoned(set())
    function.deliver(BATCH)

    assert function.calls == [[1, 2, 3, 4, 5, 6, 7, 8]]
    assert function.given_up == []


def test_a_batch_that_fails_is_tried_again_with_growing_pauses_and_then_given_up() -> None:
    function = Poisoned({3})
    function.deliver(BATCH, MaximumRetryAttempts=3)

    assert function.calls == [[1, 2, 3, 4, 5, 6, 7, 8]] * 4
    assert function.pauses.seconds == [0.1, 0.2, 0.4]
    (document,) = function.given_up
    assert document["requestContext"]["condition"] == "RetryAttemptsExhausted"
    assert document["requestContext"]["approximateInvokeCount"] == 4
    assert document["requestContext"]["functionArn"] == "arn:function"
    assert document["responseContext"]["functionError"] == "Unhandled"
    assert document["DDBStreamBatchInfo"] == {
        "shardId": "shard-1",
        "startSequenceNumber": "001",
        "endSequenceNumber": "008",
        "approximateArrivalOfFirstRecord": "2027-01-15T08:00:00Z",
        "approximateArrivalOfLastRecord": "2027-01-15T08:00:00Z",
        "batchSize": 8,
        "streamArn": "arn:stream",
    }


def test_without_a_limit_a_batch_is_tried_until_it_is_handled() -> None:
    function = Poisoned({3}, times=50)
    function.deliver(BATCH)

    assert len(function.calls) == 51
    assert max(second or 0 for second in function.pauses.seconds) == 30


def test_bisecting_isolates_the_record_that_cannot_be_handled() -> None:
    function = Poisoned({3})
    function.deliver(BATCH, MaximumRetryAttempts=1, BisectBatchOnFunctionError=True)

    assert function.calls == [
        [1, 2, 3, 4, 5, 6, 7, 8],
        [1, 2, 3, 4],
        [1, 2],
        [3, 4],
        [3],
        [3],
        [4],
        [5, 6, 7, 8],
    ]
    assert [one["DDBStreamBatchInfo"]["startSequenceNumber"] for one in function.given_up] == [
        "003"
    ]


def test_a_partial_failure_is_tried_again_from_the_lowest_record_that_failed() -> None:
    function = Poisoned({3, 6}, reports=True)
    function.deliver(BATCH, MaximumRetryAttempts=1)

    assert function.calls == [[1, 2, 3, 4, 5, 6, 7, 8], [3, 4, 5, 6, 7, 8]]
    assert function.given_up[0]["DDBStreamBatchInfo"]["batchSize"] == 6


def test_a_partial_failure_bisects_at_the_record_that_failed() -> None:
    function = Poisoned({3}, reports=True)
    function.deliver(BATCH, MaximumRetryAttempts=0, BisectBatchOnFunctionError=True)

    assert function.calls == [
        [1, 2, 3, 4, 5, 6, 7, 8],
        [3, 4, 5, 6, 7, 8],
        [3, 4, 5],
        [3],
        [4, 5],
        [6, 7, 8],
    ]
    assert [one["DDBStreamBatchInfo"]["batchSize"] for one in function.given_up] == [1]


def test_a_report_is_ignored_unless_the_event_source_asks_for_it() -> None:
    calls: list[bytes] = []

    def invoke(event: bytes) -> Answer:
        calls.append(event)
        return Answer(b'{"batchItemFailures":[{"itemIdentifier":"001"}]}')

    Delivery(settings(), invoke, lambda *_: None, Pauses()).deliver(SOURCE, BATCH)

    assert len(calls) == 1


@pytest.mark.parametrize(
    ("response", "succeeds"),
    [
        (None, True),
        ({}, True),
        ({"batchItemFailures": None}, True),
        ({"batchItemFailures": []}, True),
        ({"batchItemFailures": [{"itemIdentifier": ""}]}, False),
        ({"batchItemFailures": [{"itemIdentifier": None}]}, False),
        ({"batchItemFailures": [{"wrong": "001"}]}, False),
        ({"batchItemFailures": [{"itemIdentifier": "777"}]}, False),
        ({"batchItemFailures": ["001"]}, False),
        ({"batchItemFailures": "001"}, False),
        ("text", False),
    ],
)
def test_a_report_is_read_as_lambda_reads_it(
    response: Any,
    succeeds: bool,  # noqa: FBT001 - a column of the table
) -> None:
    given_up: list[str] = []
    wanted = settings(FunctionResponseTypes=["ReportBatchItemFailures"], MaximumRetryAttempts=0)
    answer = Answer(json.dumps(response).encode())
    delivery = Delivery(
        wanted, lambda _: answer, lambda _, document: given_up.append(document), Pauses()
    )
    delivery.deliver(SOURCE, BATCH)

    assert (given_up == []) is succeeds


def test_records_that_are_too_old_are_given_up() -> None:
    function = Poisoned(set())
    old = [record(1, created=NOW - 200), record(2, created=NOW - 100)]
    function.deliver([*old, record(3)], MaximumRecordAgeInSeconds=100)

    assert function.calls == [[2, 3]]
    (document,) = function.given_up
    assert document["requestContext"]["condition"] == "RecordAgeExceeded"
    assert document["DDBStreamBatchInfo"]["endSequenceNumber"] == "001"


@pytest.mark.parametrize("properties", [{}, {"MaximumRetryAttempts": -1}])
def test_without_limits_a_record_is_retried_until_the_stream_no_longer_has_it(
    properties: dict[str, int],
) -> None:
    function = Poisoned({1})
    days = [NOW - 86_000, NOW, NOW + 86_000, NOW + 86_500, NOW + 90_000]
    clock = iter(days)
    wanted = settings(MaximumRecordAgeInSeconds=-1, **properties)
    delivery = Delivery(
        wanted, function.invoke, function.give_up, function.pauses, lambda: next(clock)
    )
    delivery.deliver(SOURCE, [record(1)])

    assert function.calls == [[1]] * 3
    assert function.given_up[0]["requestContext"]["condition"] == "RecordAgeExceeded"


def test_records_that_no_function_has_seen_are_given_up_without_a_response() -> None:
    function = Poisoned(set())
    function.deliver([record(1, created=NOW - 200)], MaximumRecordAgeInSeconds=60)

    assert "responseContext" not in function.given_up[0]
    assert function.given_up[0]["requestContext"]["approximateInvokeCount"] == 0


def test_when_the_system_ends_nothing_is_given_up() -> None:
    function = Poisoned({3})
    function.pauses.set()
    with pytest.raises(StoppedError):
        function.deliver(BATCH, MaximumRetryAttempts=0)

    assert function.given_up == []
