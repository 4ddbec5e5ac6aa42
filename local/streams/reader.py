"""Reads one shard of a stream and hands its records on."""

import threading
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final

from local.streams.client import StreamError, StreamsClient
from local.streams.delivery import Delivery, Record, Source, StoppedError, sequence
from local.streams.lanes import Lane, lane_of
from local.streams.progress import Progress
from local.streams.settings import StreamSettings

MAX_OUTSTANDING: Final = 5000
"""Records of a shard that may wait to be handled before no more are read."""
LOST_PLACE: Final = frozenset({"ExpiredIteratorException", "TrimmedDataAccessException"})


@dataclass(frozen=True)
class Follower:
    """What all readers of one event source share.

    Attributes:
        client: Calls the engine.
        settings: What the event source says.
        delivery: Delivers batches.
        executor: Runs lanes.
        stopping: Set when the system is ending.
    """

    client: StreamsClient
    settings: StreamSettings
    delivery: Delivery
    executor: Executor
    stopping: threading.Event


class ShardReader:
    """Reads a shard in order; records are handled side by side in lanes.

    Attributes:
        source: The stream, the shard and the function.
        progress: How far the shard has been handled.
    """

    def __init__(
        self, follower: Follower, source: Source, position: str | None, *, latest: bool = False
    ) -> None:
        """Begin where an earlier run has stopped.

        Args:
            follower: What all readers share.
            source: The stream, the shard and the function.
            position: Last sequence number that was handled; None if none was.
            latest: Whether to begin with the next record if there is no position.
        """
        self.source = source
        self.progress = Progress(position)
        self._follower = follower
        self._last_read = position
        self._beginning = "LATEST" if latest else "TRIM_HORIZON"
        self._iterator: str | None = None
        self._closed = False
        self._lanes = [
            Lane(follower.settings, follower.executor, self._handle, follower.stopping)
            for _ in range(follower.settings.lanes)
        ]

    @property
    def finished(self) -> bool:
        """Whether the shard is closed and everything in it handled."""
        return self._closed and not self.progress.outstanding

    def poll(self) -> bool:
        """Read on, unless too much is waiting to be handled.

        Returns:
            Whether there was something to read.

        Raises:
            StreamError: The engine refused.
            OSError: It did not answer.
        """
        if self._closed or self.progress.outstanding > MAX_OUTSTANDING:
            return False
        try:
            here = self._iterator or self._begin()
            records, self._iterator = self._follower.client.records(here)
        except StreamError as error:
            if error.code not in LOST_PLACE:
                raise
            self._iterator = None
            return False
        self._closed = self._iterator is None
        for record in records:
            self._sort(record)
        return bool(records)

    def _begin(self) -> str:
        """Find the place to read from: after what has been read, if that is still there."""
        client, stream, shard = self._follower.client, self.source.stream, self.source.shard
        if self._last_read is not None:
            try:
                return client.iterator(stream, shard, "AFTER_SEQUENCE_NUMBER", self._last_read)
            except StreamError as error:
                if error.code not in LOST_PLACE:
                    raise
        return client.iterator(stream, shard, self._beginning)

    def _sort(self, record: Record) -> None:
        """Put a record into its lane, or be done with it if it is filtered out."""
        number = self._last_read = sequence(record)
        record["eventSourceARN"] = self.source.stream
        self.progress.begin(number)
        if self._follower.settings.matches(record):
            self._lanes[lane_of(record, len(self._lanes))].put(record)
        else:
            self.progress.finish(number)

    def _handle(self, records: Sequence[Record]) -> None:
        """Deliver a batch; one that is cut off stays open, to be delivered by the next run."""
        try:
            self._follower.delivery.deliver(self.source, records)
        except StoppedError:
            return
        self.progress.finish(*map(sequence, records))
