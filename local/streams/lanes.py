"""Spreads the records of a shard over lanes that are processed concurrently."""

import json
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Final

from local.streams.delivery import Record
from local.streams.settings import StreamSettings

_MAX_BATCH_BYTES: Final = 6 * 1024 * 1024 - 1024
_WAKE_SECONDS: Final = 0.2


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


def lane_of(record: Record, lanes: int) -> int:
    """Choose the lane of a record by its item's key.

    All changes of one item have the same lane: this is the order that Lambda guarantees
    with a ParallelizationFactor. Items with the same partition key may be in different lanes.
    """
    key = json.dumps(record["dynamodb"]["Keys"], sort_keys=True)
    return zlib.crc32(key.encode()) % lanes
