"""Reads one shard of a stream, and spreads its records over lanes that run side by side."""

import json
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Final

from local.streams.client import StreamError, StreamsClient
from local.streams.delivery import Delivery, Record, Source, StoppedError, sequence
from local.streams.settings import StreamSettings

_MAX_BATCH_BYTES: Final = 6 * 1024 * 1024 - 1024
_MAX_OUTSTANDING: Final = 5000
"""A shard with more unprocessed records than this is not read on."""
_WAKE_SECONDS: Final = 0.2
_LOST_PLACE: Final = frozenset({"ExpiredIteratorException", "TrimmedDataAccessException"})


@dataclass
class Lane:
    """A queue of records, whose batches are handled one after the other on the executor.

    When the system is stopping, no batch waits to fill.
    """

    settings: StreamSettings
    executor: Executor
    handle: Callable[[list[Record]], None]
    stopping: threading.Event
    _records: deque[tuple[Record, int]] = field(default_factory=deque)
    _running: bool = False
    _changed: threading.Condition = field(default_factory=threading.Condition)

    def put(self, record: Record) -> None:
        """Add a record."""
        with self._changed:
            self._records.append((record, len(json.dumps(record))))
            self._changed.notify()
            if not self._running:
                self._running = True
                self.executor.submit(self._run).add_done_callback(Future.result)

    def _run(self) -> None:
        while batch := self._next_batch():
            self.handle(batch)

    def _next_batch(self) -> list[Record]:
        """Wait for the batch to fill, or for its window to pass; empty if there are no records."""
        with self._changed:
            self._running = bool(self._records)
            deadline = time.monotonic() + self.settings.window
            while 0 < len(self._records) < self.settings.batch_size:
                left = deadline - time.monotonic()
                if left <= 0 or self.stopping.is_set():
                    break
                self._changed.wait(min(left, _WAKE_SECONDS))
            return self._take()

    def _take(self) -> list[Record]:
        batch: list[Record] = []
        size = 0
        while self._records and len(batch) < self.settings.batch_size:
            size += self._records[0][1]
            if batch and size > _MAX_BATCH_BYTES:
                break
            batch.append(self._records.popleft()[0])
        return batch


class Progress:
    """The records of one shard that are in progress.

    Lanes finish records in any order. The committed position, from which the next run
    continues, is the last record before which nothing is in progress; None at first.
    """

    def __init__(self, committed: str | None) -> None:
        self.committed = committed
        self._finished: dict[str, bool] = {}
        self._lock = threading.Lock()

    @property
    def outstanding(self) -> int:
        """How many records have been read but not committed."""
        return len(self._finished)

    def begin(self, number: str) -> None:
        """Add a record that has been read, in the order of the shard."""
        with self._lock:
            self._finished[number] = False

    def finish(self, *numbers: str) -> None:
        """Mark records as processed or given up."""
        with self._lock:
            self._finished.update(dict.fromkeys(numbers, True))
            while self._finished and self._finished[first := next(iter(self._finished))]:
                self.committed = first
                del self._finished[first]


@dataclass
class ShardReader:
    """Reads a shard in order, after the position that an earlier run has committed."""

    client: StreamsClient
    delivery: Delivery
    executor: Executor
    source: Source
    position: str | None
    progress: Progress = field(init=False)
    _iterator: str | None = None
    _closed: bool = False

    def __post_init__(self) -> None:
        self.progress = Progress(self.position)
        settings, stopping = self.delivery.settings, self.delivery.stopping
        self._lanes = [
            Lane(settings, self.executor, self._handle, stopping) for _ in range(settings.lanes)
        ]

    @property
    def finished(self) -> bool:
        """Whether the shard is closed and all its records are processed."""
        return self._closed and not self.progress.outstanding

    def poll(self) -> bool:
        """Read the next records, unless too many are unprocessed; return whether there were any.

        Raises:
            StreamError: The engine refused.
            OSError: The engine did not answer.
        """
        if self._closed or self.progress.outstanding > _MAX_OUTSTANDING:
            return False
        try:
            here = self._iterator or self._begin()
            records, self._iterator = self.client.records(here)
        except StreamError as error:
            if error.code not in _LOST_PLACE:
                raise
            self._iterator = None
            return False
        self._closed = self._iterator is None
        for record in records:
            self._accept(record)
        return bool(records)

    def _begin(self) -> str:
        """Start after the last record read, or at the beginning if the stream has lost it."""
        stream, shard = self.source.stream, self.source.shard
        try:
            return self.client.iterator(stream, shard, self.position)
        except StreamError as error:
            if self.position is None or error.code not in _LOST_PLACE:
                raise
        return self.client.iterator(stream, shard)

    def _accept(self, record: Record) -> None:
        """Put a record into its lane, or finish it if the filters exclude it."""
        number = self.position = sequence(record)
        record["eventSourceARN"] = self.source.stream
        self.progress.begin(number)
        if self.delivery.settings.matches(record):
            self._lanes[lane_of(record, len(self._lanes))].put(record)
        else:
            self.progress.finish(number)

    def _handle(self, records: Sequence[Record]) -> None:
        """Deliver a batch; if the system ends meanwhile, the next run delivers it again."""
        try:
            self.delivery.deliver(self.source, records)
        except StoppedError:
            return
        self.progress.finish(*map(sequence, records))


def lane_of(record: Record, lanes: int) -> int:
    """Choose the lane of a record by its item's key.

    All changes of one item have the same lane: this is the order that Lambda guarantees
    with a ParallelizationFactor. Items with the same partition key may be in different lanes.
    """
    key = json.dumps(record["dynamodb"]["Keys"], sort_keys=True)
    return zlib.crc32(key.encode()) % lanes
