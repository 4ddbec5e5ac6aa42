"""Hands batches of records to a function until each is handled or given up."""

import json
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from local.batches import WholeBatchError, failed_items
from local.streams.settings import StreamSettings
from local.worker import Answer

Record = dict[str, Any]
Destination = Callable[[str, str], None]

FIRST_PAUSE_SECONDS: Final = 0.1
LONGEST_PAUSE_SECONDS: Final = 30.0
ROUNDING_SECONDS: Final = 60.0
"""DynamoDB Local rounds the time of a record down to the minute."""


class StoppedError(Exception):
    """The system is ending; what is not handled will be delivered again."""


@dataclass(frozen=True)
class Source:
    """Where records come from, for those who are told of failures.

    Attributes:
        stream: ARN of the stream.
        shard: Id of the shard.
        function: ARN of the function.
    """

    stream: str
    shard: str
    function: str


@dataclass(frozen=True)
class Attempt:
    """Records to be handed over together.

    Attributes:
        records: The records, in the order of the shard.
        failures: How often they have failed; splitting a batch does not count.
    """

    records: Sequence[Record]
    failures: int = 0


class Delivery:
    """Delivers batches as one event source wants it."""

    def __init__(
        self,
        settings: StreamSettings,
        invoke: Callable[[bytes], Answer],
        give_up: Destination,
        stopping: threading.Event,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Prepare to deliver.

        Args:
            settings: What the event source says.
            invoke: Invokes the function with an event as JSON.
            give_up: Sends a document to the queue with an ARN.
            stopping: Set when the system is ending.
            clock: Gives the time in seconds since 1970.
        """
        self._settings = settings
        self._invoke = invoke
        self._give_up = give_up
        self._stopping = stopping
        self._clock = clock

    def deliver(self, source: Source, records: Sequence[Record]) -> None:
        """Deliver a batch; each of its records is handled or given up after it.

        Args:
            source: Where the records come from.
            records: The records, in the order of the shard.

        Raises:
            StoppedError: The system is ending.
        """
        attempts = deque([Attempt(records)])
        while attempts:
            attempt = self._without_expired(source, attempts.popleft())
            if attempt.records:
                attempts.extendleft(reversed(self._try(source, attempt)))

    def _try(self, source: Source, attempt: Attempt) -> list[Attempt]:
        """Invoke the function and find out what is left to be done.

        Returns:
            What to deliver next, in order.
        """
        failed = self._first_failed(attempt.records)
        if failed is None:
            return []
        left = attempt.records[failed:]
        if self._settings.bisects and failed > 0:
            return [Attempt(left, attempt.failures)]
        if self._settings.bisects and len(left) > 1:
            return [Attempt(half, attempt.failures) for half in halves(left)]
        retry = Attempt(left, attempt.failures + 1)
        if self._settings.retries is not None and retry.failures > self._settings.retries:
            self._tell(source, retry, "RetryAttemptsExhausted")
            return []
        self._pause(retry.failures)
        return [retry]

    def _first_failed(self, records: Sequence[Record]) -> int | None:
        """Invoke the function.

        Returns:
            Index of the first record that failed, None if none did.

        Raises:
            StoppedError: The system is ending.
        """
        answer = self._invoke(json.dumps({"Records": records}).encode())
        if self._stopping.is_set():
            raise StoppedError
        sequences = [sequence(record) for record in records]
        try:
            failed = failed_items(answer, sequences, reports=self._settings.reports_items)
        except WholeBatchError:
            return 0
        return min(map(sequences.index, failed), default=None)

    def _without_expired(self, source: Source, attempt: Attempt) -> Attempt:
        """Give up the records that are too old."""
        if self._settings.maximum_age is None:
            return attempt
        oldest = self._clock() - self._settings.maximum_age - ROUNDING_SECONDS
        expired = [record for record in attempt.records if created(record) < oldest]
        if not expired:
            return attempt
        self._tell(source, Attempt(expired, attempt.failures), "RecordAgeExceeded")
        return Attempt(attempt.records[len(expired) :], attempt.failures)

    def _tell(self, source: Source, attempt: Attempt, condition: str) -> None:
        """Report records that are given up, where the event source says."""
        if self._settings.on_failure is not None:
            document = failure_document(source, attempt, condition, self._clock())
            self._give_up(self._settings.on_failure, json.dumps(document))

    def _pause(self, failures: int) -> None:
        """Wait before trying again, longer each time.

        Raises:
            StoppedError: The system is ending.
        """
        seconds = FIRST_PAUSE_SECONDS * 2 ** min(failures - 1, 16)
        if self._stopping.wait(min(seconds, LONGEST_PAUSE_SECONDS)):
            raise StoppedError


def failure_document(
    source: Source, attempt: Attempt, condition: str, now: float
) -> dict[str, Any]:
    """Write what Lambda sends to a destination for records that it gives up.

    Args:
        source: Where the records come from.
        attempt: The records.
        condition: Why they are given up.
        now: The time in seconds since 1970.
    """
    first, last = attempt.records[0], attempt.records[-1]
    return {
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": source.function,
            "condition": condition,
            "approximateInvokeCount": attempt.failures,
        },
        "responseContext": {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        },
        "version": "1.0",
        "timestamp": f"{iso(now)}.{int(now % 1 * 1000):03d}Z",
        "DDBStreamBatchInfo": {
            "shardId": source.shard,
            "startSequenceNumber": sequence(first),
            "endSequenceNumber": sequence(last),
            "approximateArrivalOfFirstRecord": f"{iso(created(first))}Z",
            "approximateArrivalOfLastRecord": f"{iso(created(last))}Z",
            "batchSize": len(attempt.records),
            "streamArn": source.stream,
        },
    }


def halves(records: Sequence[Record]) -> tuple[Sequence[Record], Sequence[Record]]:
    """Split records in the middle."""
    middle = len(records) // 2
    return records[:middle], records[middle:]


def sequence(record: Record) -> str:
    """Give a record's sequence number."""
    number: str = record["dynamodb"]["SequenceNumber"]
    return number


def created(record: Record) -> float:
    """Give the time of a record's change, in seconds since 1970."""
    return float(record["dynamodb"]["ApproximateCreationDateTime"])


def iso(seconds: float) -> str:
    """Write a time of UTC to the second."""
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
