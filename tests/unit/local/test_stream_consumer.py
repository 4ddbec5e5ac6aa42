"""A consumer reads every record of a stream at least once, parents before children."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import pytest

from local.settings import LocalError
from local.streams.client import StreamError, StreamsClient
from local.streams.consumer import FINISHED, Checkpoints, Consumer
from local.streams.delivery import Delivery, Record
from local.worker import Answer
from tests.unit.local.records import (
    FAILED,
    HANDLED,
    numbers,
    record,
    settings,
    until,
)


class FakeStream:
    """A stream of shards, in place of the engine's client."""

    def __init__(self) -> None:
        self.parents: dict[str, str | None] = {}
        self.contents: dict[str, list[Record]] = {}
        self.closed: set[str] = set()
        self.expired: set[str] = set()
        self.trimmed = False

    def add(self, shard: str, *records: Record, parent: str | None = None) -> None:
        """Add a shard with records."""
        self.parents[shard] = parent
        self.contents[shard] = list(records)

    def shards(self, _stream: str) -> dict[str, str | None]:
        """List the shards."""
        return dict(self.parents)

    def iterator(self, _stream: str, shard: str, after: str | None = None) -> str:
        """Begin to read."""
        contents = self.contents[shard]
        if after is None:
            return f"{shard}/0"
        if self.trimmed:
            raise StreamError("TrimmedDataAccessException", "gone")
        return f"{shard}/{[f'{number:03d}' for number in numbers(contents)].index(after) + 1}"

    def records(self, iterator: str) -> tuple[list[Record], str | None]:
        """Read two records at a time."""
        if iterator in self.expired:
            self.expired.discard(iterator)
            raise StreamError("ExpiredIteratorException", "too late")
        shard, _, place = iterator.partition("/")
        found = self.contents[shard][int(place) : int(place) + 2]
        end = int(place) + len(found)
        is_over = shard in self.closed and end == len(self.contents[shard])
        return found, None if is_over else f"{shard}/{end}"

    def close(self) -> None:
        """Do nothing: there is no connection."""


class Run:
    """One run of a consumer, from its start to its end."""

    def __init__(self, stream: FakeStream, checkpoints: Checkpoints, **properties: Any) -> None:
        self.seen: list[int] = []
        self.answer = HANDLED
        self.stopping = threading.Event()
        wanted = settings(**properties)
        self.executor = ThreadPoolExecutor(wanted.lanes)
        self.consumer = Consumer(
            cast("StreamsClient", stream),
            Delivery(wanted, self.invoke, lambda *_: None, self.stopping),
            self.executor,
            "arn:stream",
            "arn:function",
            checkpoints,
            lambda _: None,
        )

    def invoke(self, event: bytes) -> Answer:
        """Replace the function."""
        self.seen += numbers(json.loads(event)["Records"])
        return self.answer

    def until_seen(self, *expected: int) -> None:
        """Read until the function has seen some records, in this order."""

        def done() -> bool:
            self.consumer._discovered = self.consumer._saved = float("-inf")
            self.consumer.step()
            return self.seen == list(expected)

        until(done)

    def end(self) -> None:
        """End the run as the system does."""
        self.stopping.set()
        self.consumer.run()
        self.executor.shutdown()


@pytest.fixture
def stream() -> FakeStream:
    made = FakeStream()
    made.add("a", *[record(number) for number in range(1, 6)])
    return made


def test_a_consumer_continues_where_the_last_run_stopped(
    stream: FakeStream, tmp_path: Path
) -> None:
    path = tmp_path / "checkpoints.json"
    first = Run(stream, Checkpoints(path, "arn:stream"))
    first.until_seen(1, 2, 3, 4, 5)
    first.end()
    stream.contents["a"].append(record(6))

    second = Run(stream, Checkpoints(path, "arn:stream"))
    second.until_seen(6)
    second.end()


def test_unprocessed_records_are_delivered_again_by_the_next_run(
    stream: FakeStream, tmp_path: Path
) -> None:
    path = tmp_path / "checkpoints.json"
    first = Run(stream, Checkpoints(path, "arn:stream"), BatchSize=1)
    first.answer = FAILED
    until(lambda: bool(first.consumer.step() or first.seen))
    first.end()

    second = Run(stream, Checkpoints(path, "arn:stream"))
    second.until_seen(1, 2, 3, 4, 5)
    second.end()


def test_a_parent_is_handled_before_its_children(stream: FakeStream) -> None:
    stream.add("b", record(7), parent="a")
    stream.add("c", record(8), parent="b")
    stream.closed = {"a", "b"}
    checkpoints = Checkpoints(None, "arn:stream")
    run = Run(stream, checkpoints)
    run.until_seen(1, 2, 3, 4, 5, 7, 8)
    run.end()

    assert checkpoints.positions.get("a") == checkpoints.positions.get("b") == FINISHED


def test_a_shard_whose_parent_is_gone_is_read(stream: FakeStream) -> None:
    stream.parents["a"] = "trimmed long ago"
    run = Run(stream, Checkpoints(None, "arn:stream"))
    run.until_seen(1, 2, 3, 4, 5)
    run.end()


def test_filtered_records_are_passed_over(stream: FakeStream, tmp_path: Path) -> None:
    path = tmp_path / "checkpoints.json"
    pattern = {"dynamodb": {"SequenceNumber": ["002", "004"]}}
    criteria = {"Filters": [{"Pattern": json.dumps(pattern)}]}
    run = Run(stream, Checkpoints(path, "arn:stream"), FilterCriteria=criteria)
    run.until_seen(2, 4)
    until(lambda: run.consumer._readers["a"].progress.committed == "005" or run.consumer.step())
    run.end()

    assert Checkpoints(path, "arn:stream").positions.get("a") == "005"


def test_a_source_that_does_not_begin_with_the_oldest_record_is_refused() -> None:
    with pytest.raises(LocalError, match="does not support the StartingPosition LATEST"):
        settings(StartingPosition="LATEST")


def test_an_iterator_that_has_expired_is_replaced(stream: FakeStream) -> None:
    stream.expired = {"a/2"}
    run = Run(stream, Checkpoints(None, "arn:stream"))
    run.until_seen(1, 2, 3, 4, 5)
    run.end()


def test_a_position_that_is_gone_leads_to_the_oldest_record(stream: FakeStream) -> None:
    checkpoints = Checkpoints(None, "arn:stream")
    checkpoints.positions["a"] = "000"
    stream.trimmed = True
    run = Run(stream, checkpoints)
    run.until_seen(1, 2, 3, 4, 5)
    run.end()


def test_lanes_do_not_wait_for_each_other_and_keep_the_order_of_each_item(
    stream: FakeStream,
) -> None:
    stream.contents["a"] = [record(number, key=f"k{number % 7}") for number in range(1, 101)]
    run = Run(stream, Checkpoints(None, "arn:stream"), ParallelizationFactor=5, BatchSize=3)

    def all_seen() -> bool:
        run.consumer.step()
        return len(run.seen) == 100

    until(all_seen)
    run.end()

    for item in range(7):
        mine = [number for number in run.seen if number % 7 == item]
        assert mine == sorted(mine)
