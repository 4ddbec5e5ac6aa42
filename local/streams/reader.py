"""Reads one shard of a stream and puts its records into lanes."""

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

_MAX_OUTSTANDING: Final = 5000
"""A shard with more unprocessed records than this is not read on."""
_LOST_PLACE: Final = frozenset({"ExpiredIteratorException", "TrimmedDataAccessException"})


@dataclass(frozen=True)
class Follower:
    """What all readers of one event source share.

    Attributes:
        client: Calls the engine.
        settings: Settings of the event source.
        delivery: Delivers batches.
        executor: Runs lanes.
        stopping: Set when the system ends.
    """

    client: StreamsClient
    settings: StreamSettings
    delivery: Delivery
    executor: Executor
    stopping: threading.Event


class ShardReader:
    """Reads a shard in order.

    Attributes:
        progress: How far the shard has been processed.
    """

    def __init__(
        self, follower: Follower, source: Source, position: str | None, *, latest: bool = False
    ) -> None:
        """Continue where an earlier run has stopped.

        Args:
            follower: What all readers share.
            source: The stream, the shard and the function.
            position: Last sequence number that was processed; None if there is none.
            latest: Whether to begin with the next record if there is no position.
        """
        self.progress = Progress(position)
        self._source = source
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
        """Whether the shard is closed and all its records are processed."""
        return self._closed and not self.progress.outstanding

    def poll(self) -> bool:
        """Read the next records, unless too many are unprocessed.

        Returns:
            Whether there were any.

        Raises:
            StreamError: The engine refused.
            OSError: The engine did not answer.
        """
        if self._closed or self.progress.outstanding > _MAX_OUTSTANDING:
            return False
        try:
            here = self._iterator or self._begin()
            records, self._iterator = self._follower.client.records(here)
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
        client, stream, shard = self._follower.client, self._source.stream, self._source.shard
        if self._last_read is not None:
            try:
                return client.iterator(stream, shard, "AFTER_SEQUENCE_NUMBER", self._last_read)
            except StreamError as error:
                if error.code not in _LOST_PLACE:
                    raise
        return client.iterator(stream, shard, self._beginning)

    def _accept(self, record: Record) -> None:
        """Put a record into its lane, or finish it if the filters exclude it."""
        number = self._last_read = sequence(record)
        record["eventSourceARN"] = self._source.stream
        self.progress.begin(number)
        if self._follower.settings.matches(record):
            self._lanes[lane_of(record, len(self._lanes))].put(record)
        else:
            self.progress.finish(number)

    def _handle(self, records: Sequence[Record]) -> None:
        """Deliver a batch; if the system ends meanwhile, the next run delivers it again."""
        try:
            self._follower.delivery.deliver(self._source, records)
        except StoppedError:
            return
        self.progress.finish(*map(sequence, records))
