"""Records of a shard are handled side by side, and remembered in order."""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local.streams.consumer import FINISHED, Checkpoints
from local.streams.delivery import Record
from local.streams.reader import Lane, Progress, lane_of
from tests.unit.local.records import (
    numbers,
    record,
    settings,
    until,
)


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor() as running:
        yield running


def test_a_lane_hands_over_in_order_and_in_batches(executor: ThreadPoolExecutor) -> None:
    handled: list[int] = []
    sizes: list[int] = []
    free = threading.Event()

    def handle(records: list[Record]) -> None:
        free.wait(20)
        handled.extend(numbers(records))
        sizes.append(len(records))

    lane = Lane(settings(BatchSize=4), executor, handle, threading.Event())
    for number in range(1, 11):
        lane.put(record(number))
    free.set()

    until(lambda: handled == list(range(1, 11)))
    assert max(sizes) == 4


def test_a_lane_waits_for_its_window_unless_the_batch_is_full(
    executor: ThreadPoolExecutor,
) -> None:
    batches: list[list[int]] = []
    stopping = threading.Event()
    wanted = settings(BatchSize=2, MaximumBatchingWindowInSeconds=60)
    lane = Lane(wanted, executor, lambda records: batches.append(numbers(records)), stopping)
    lane.put(record(1))
    lane.put(record(2))
    until(lambda: batches == [[1, 2]])
    lane.put(record(3))
    stopping.set()

    until(lambda: batches == [[1, 2], [3]])


def test_a_batch_is_no_larger_than_lambda_takes(executor: ThreadPoolExecutor) -> None:
    batches: list[int] = []
    free = threading.Event()

    def handle(records: list[Record]) -> None:
        free.wait(20)
        batches.append(len(json.dumps(records)))

    lane = Lane(settings(BatchSize=100), executor, handle, threading.Event())
    for number in range(30):
        lane.put(record(number, text={"S": "x" * 400_000}))
    free.set()

    until(lambda: sum(batches) > 30 * 400_000)
    assert max(batches) < 6 * 1024 * 1024


def test_all_changes_of_an_item_take_the_same_lane() -> None:
    lanes = {lane_of(record(number, key=f"k{number % 50}"), 10) for number in range(500)}

    assert lane_of(record(1, key="k"), 10) == lane_of(record(2, key="k"), 10)
    assert lanes == set(range(10))


def test_items_of_one_partition_key_may_take_different_lanes_as_on_aws() -> None:
    def lane(sort_key: str) -> int:
        one = record(1)
        one["dynamodb"]["Keys"]["SK"] = {"S": sort_key}
        return lane_of(one, 10)

    assert len({lane(f"s{number}") for number in range(100)}) == 10


def test_only_records_without_a_gap_are_committed() -> None:
    progress = Progress("000")
    for number in ("001", "002", "003"):
        progress.begin(number)

    progress.finish("002")
    assert (progress.committed, progress.outstanding) == ("000", 3)
    progress.finish("001")
    assert (progress.committed, progress.outstanding) == ("002", 1)
    progress.finish("003")
    assert (progress.committed, progress.outstanding) == ("003", 0)


def test_checkpoints_survive_for_the_same_stream_only(tmp_path: Path) -> None:
    path = tmp_path / "checkpoints.json"
    checkpoints = Checkpoints(path, "arn:stream")
    checkpoints.positions["a"] = "005"
    checkpoints.positions["b"] = FINISHED
    checkpoints.save()

    again = Checkpoints(path, "arn:stream")
    assert (again.positions.get("a"), again.positions.get("b"), again.positions.get("c")) == (
        "005",
        FINISHED,
        None,
    )
    assert Checkpoints(path, "arn:another").positions.get("a") is None
