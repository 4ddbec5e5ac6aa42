"""Stream records and event sources for tests."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from local.streams.delivery import Record, Source
from local.streams.settings import StreamSettings
from local.worker import Answer

SOURCE = Source("arn:stream", "shard-1", "arn:function")
QUEUE = "arn:aws:sqs:us-east-1:000000000000:dead"
NOW = 1_800_000_000.0
FAILED = Answer.failure("ValueError", "no")
HANDLED = Answer(b"null")


def record(number: int, *, key: str = "k", created: float = NOW, **image: Any) -> Record:
    """Write a stream record."""
    return {
        "eventName": "INSERT",
        "dynamodb": {
            "Keys": {"PK": {"S": key}},
            "NewImage": image,
            "SequenceNumber": f"{number:03d}",
            "ApproximateCreationDateTime": created,
        },
    }


def numbers(records: Sequence[Record]) -> list[int]:
    """Give the sequence numbers of records."""
    return [int(one["dynamodb"]["SequenceNumber"]) for one in records]


def settings(**properties: Any) -> StreamSettings:
    """Read an event source's settings."""
    return StreamSettings.read(
        {"DestinationConfig": {"OnFailure": {"Destination": QUEUE}}, **properties}
    )


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that happens beside the test."""
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)
