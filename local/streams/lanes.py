"""Spreads the records of a shard over lanes that run side by side."""

import json
import threading
import time
import zlib
from collections import deque
from collections.abc import Callable
from concurrent.futures import Executor, Future
from typing import Final

from local.streams.delivery import Record
from local.streams.settings import StreamSettings

MAX_BATCH_BYTES: Final = 6 * 1024 * 1024 - 1024
WAKE_SECONDS: Final = 0.2

Handle = Callable[[list[Record]], None]


class Lane:
    """Records that have to be handled one batch after another."""

    def __init__(
        self,
        settings: StreamSettings,
        executor: Executor,
        handle: Handle,
        stopping: threading.Event,
    ) -> None:
        """Start empty.

        Args:
            settings: What the event source says of batches.
            executor: Runs the lane while there is something in it.
            handle: Handles a batch.
            stopping: Set when the system is ending, and no batch needs to fill.
        """
        self._stopping = stopping
        self._settings = settings
        self._executor = executor
        self._handle = handle
        self._records: deque[tuple[Record, int]] = deque()
        self._running = False
        self._changed = threading.Condition()

    def put(self, record: Record) -> None:
        """Add a record, and see to it that the lane runs."""
        with self._changed:
            self._records.append((record, len(json.dumps(record))))
            self._changed.notify()
            if not self._running:
                self._running = True
                self._executor.submit(self._run).add_done_callback(Future.result)

    def _run(self) -> None:
        while batch := self._next_batch():
            self._handle(batch)

    def _next_batch(self) -> list[Record]:
        """Take the next batch, waiting as long as the event source says for it to fill.

        Returns:
            The batch; an empty one when the lane has nothing more and stops.
        """
        with self._changed:
            if not self._records:
                self._running = False
                return []
            deadline = time.monotonic() + self._settings.window
            while len(self._records) < self._settings.batch_size and not self._stopping.is_set():
                left = deadline - time.monotonic()
                if left <= 0:
                    break
                self._changed.wait(min(left, WAKE_SECONDS))
            return self._take()

    def _take(self) -> list[Record]:
        batch: list[Record] = []
        size = 0
        while self._records and len(batch) < self._settings.batch_size:
            size += self._records[0][1]
            if batch and size > MAX_BATCH_BYTES:
                break
            batch.append(self._records.popleft()[0])
        return batch


def lane_of(record: Record, lanes: int) -> int:
    """Choose the lane of a record, the same for all changes of one item.

    Args:
        record: The record.
        lanes: How many lanes there are.
    """
    key = json.dumps(record["dynamodb"]["Keys"], sort_keys=True)
    return zlib.crc32(key.encode()) % lanes
