"""Delivers batches of records to a function until each record is processed or given up."""

import json
import threading
import time
import uuid
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from local.streams.settings import StreamSettings
from local.worker import Answer

Record = dict[str, Any]

_FIRST_PAUSE_SECONDS: Final = 0.1
_LONGEST_PAUSE_SECONDS: Final = 30.0
_ROUNDING_SECONDS: Final = 60.0
"""DynamoDB Local rounds the time of a record down to the minute."""


class StoppedError(Exception):
    """The system is ending; the next run delivers unprocessed records again."""


@dataclass(frozen=True)
class Source:
    """The stream and function, as ARNs, and the shard."""

    stream: str
    shard: str
    function: str


@dataclass(frozen=True)
class _Attempt:
    """Records in the order of the shard, and how often they failed; a split does not count."""

    records: Sequence[Record]
    failures: int = 0


@dataclass(frozen=True)
class Delivery:
    """Delivers batches with the settings of one event source.

    Attributes:
        invoke: Invokes the function with an event as JSON.
        give_up: Sends a document to the queue with an ARN.
        clock: Returns the time in seconds since 1970.
    """

    settings: StreamSettings
    invoke: Callable[[bytes], Answer]
    give_up: Callable[[str, str], None]
    stopping: threading.Event
    clock: Callable[[], float] = time.time

    def deliver(self, source: Source, records: Sequence[Record]) -> None:
        """Deliver records, in the shard's order; on return each is processed or given up.

        Raises:
            StoppedError: The system is ending.
        """
        attempts = deque([_Attempt(records)])
        while attempts:
            attempt = self._without_expired(source, attempts.popleft())
            if attempt.records:
                attempts.extendleft(reversed(self._try(source, attempt)))

    def _try(self, source: Source, attempt: _Attempt) -> list[_Attempt]:
        """Invoke the function once and return what to deliver next, in order."""
        failed = self._first_failed(attempt.records)
        if failed is None:
            return []
        left = attempt.records[failed:]
        if self.settings.bisects and failed > 0:
            return [_Attempt(left, attempt.failures)]
        if self.settings.bisects and len(left) > 1:
            middle = len(left) // 2
            return [_Attempt(half, attempt.failures) for half in (left[:middle], left[middle:])]
        retry = _Attempt(left, attempt.failures + 1)
        if self.settings.retries is not None and retry.failures > self.settings.retries:
            self._report(source, retry, "RetryAttemptsExhausted")
            return []
        self._pause(retry.failures)
        return [retry]

    def _first_failed(self, records: Sequence[Record]) -> int | None:
        """Invoke the function and return the index of the first record that failed."""
        answer = self.invoke(json.dumps({"Records": records}).encode())
        if self.stopping.is_set():
            raise StoppedError
        sequences = [sequence(record) for record in records]
        failed = answer.failed_items(sequences, reports=self.settings.reports_items)
        return min(map(sequences.index, failed), default=None)

    def _without_expired(self, source: Source, attempt: _Attempt) -> _Attempt:
        """Give up the records that are too old."""
        oldest = self.clock() - self.settings.maximum_age - _ROUNDING_SECONDS
        expired = [record for record in attempt.records if created(record) < oldest]
        if not expired:
            return attempt
        self._report(source, _Attempt(expired, attempt.failures), "RecordAgeExceeded")
        return _Attempt(attempt.records[len(expired) :], attempt.failures)

    def _report(self, source: Source, attempt: _Attempt, condition: str) -> None:
        """Send the given-up records' document to the destination on failure, if there is one."""
        if self.settings.on_failure is not None:
            document = _failure_document(source, attempt, condition, self.clock())
            self.give_up(self.settings.on_failure, json.dumps(document))

    def _pause(self, failures: int) -> None:
        """Wait before the next attempt, each time twice as long."""
        seconds = _FIRST_PAUSE_SECONDS * 2 ** min(failures - 1, 16)
        if self.stopping.wait(min(seconds, _LONGEST_PAUSE_SECONDS)):
            raise StoppedError


def sequence(record: Record) -> str:
    """Return a record's sequence number."""
    number: str = record["dynamodb"]["SequenceNumber"]
    return number


def _failure_document(
    source: Source, attempt: _Attempt, condition: str, now: float
) -> dict[str, Any]:
    """Build what Lambda sends to a destination for records that it gives up."""
    first, last = attempt.records[0], attempt.records[-1]
    document = {
        "requestContext": {
            "requestId": str(uuid.uuid4()),
            "functionArn": source.function,
            "condition": condition,
            "approximateInvokeCount": attempt.failures,
        },
        "version": "1.0",
        "timestamp": f"{_iso(now)}.{int(now % 1 * 1000):03d}Z",
        "DDBStreamBatchInfo": {
            "shardId": source.shard,
            "startSequenceNumber": sequence(first),
            "endSequenceNumber": sequence(last),
            "approximateArrivalOfFirstRecord": f"{_iso(created(first))}Z",
            "approximateArrivalOfLastRecord": f"{_iso(created(last))}Z",
            "batchSize": len(attempt.records),
            "streamArn": source.stream,
        },
    }
    if attempt.failures:  # without an invocation there is no response
        document["responseContext"] = {
            "statusCode": 200,
            "executedVersion": "$LATEST",
            "functionError": "Unhandled",
        }
    return document


def created(record: Record) -> float:
    """Return when a record's item changed, in seconds since 1970."""
    return float(record["dynamodb"]["ApproximateCreationDateTime"])


def _iso(seconds: float) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
