"""Follows a stream for one event source, and remembers on disk how far it has read."""

import json
import time
from collections.abc import Callable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from local.streams.client import StreamError, StreamsClient
from local.streams.delivery import Delivery, Source
from local.streams.reader import ShardReader

_SHORTEST_PAUSE_SECONDS: Final = 0.02
_LONGEST_PAUSE_SECONDS: Final = 0.1
_ERROR_PAUSE_SECONDS: Final = 1.0
_DISCOVERY_SECONDS: Final = 10.0
_SAVE_SECONDS: Final = 0.1
FINISHED: Final = "finished"
"""Position in a shard that is closed and processed to its end."""


class Checkpoints:
    """Positions of one event source in a stream.

    Attributes:
        positions: For each shard, the last sequence number processed, or FINISHED.
    """

    def __init__(self, path: Path | None, stream: str) -> None:
        """Read the positions that the last run saved, if they are of the stream with this ARN.

        Without a path, positions are kept in memory only.
        """
        self._path = path
        self._stream = stream
        self.positions: dict[str, str] = {}
        if path is not None and path.exists():
            kept = json.loads(path.read_text())
            self.positions = kept["shards"] if kept["stream"] == stream else {}
        self._saved = dict(self.positions)

    def save(self) -> None:
        """Write the positions to disk, atomically, if they have changed.

        Raises:
            OSError: The disk is full, for example; the next call tries again.
        """
        if self._path is None or self.positions == self._saved:
            return
        temporary = self._path.with_suffix(".new")
        temporary.write_text(json.dumps({"stream": self._stream, "shards": self.positions}))
        temporary.replace(self._path)
        self._saved = dict(self.positions)


@dataclass
class Consumer:
    """Reads all shards of a stream, parents before their children.

    The committed position of each shard is saved; after a crash, later records
    are delivered again. The stream and the function are ARNs; the executor runs lanes.
    """

    client: StreamsClient
    delivery: Delivery
    executor: Executor
    stream: str
    function: str
    checkpoints: Checkpoints
    warn: Callable[[str], None]
    _readers: dict[str, ShardReader] = field(default_factory=dict)
    _discovered: float = float("-inf")
    _saved: float = float("-inf")

    def run(self) -> None:
        """Follow the stream until the system is stopping; what fails is noted and tried again."""
        pause = _SHORTEST_PAUSE_SECONDS
        while not self.delivery.stopping.wait(pause):
            try:
                busy = self.step()
            except (OSError, StreamError) as error:
                self.warn(f"cannot read {self.stream}: {error}")
                pause = _ERROR_PAUSE_SECONDS
                continue
            pause = _SHORTEST_PAUSE_SECONDS if busy else min(pause * 1.5, _LONGEST_PAUSE_SECONDS)
        self._save()
        self.client.close()

    def step(self) -> bool:
        """Poll every open shard once (`ShardReader.poll`); return whether there were records."""
        now = time.monotonic()
        if now - self._discovered > _DISCOVERY_SECONDS:
            self._discover()
            self._discovered = now
        busy = [reader.poll() for reader in list(self._readers.values())]
        for shard in [shard for shard, reader in self._readers.items() if reader.finished]:
            del self._readers[shard]
            self.checkpoints.positions[shard] = FINISHED
            self._discovered = float("-inf")  # its children can be read
        if now - self._saved > _SAVE_SECONDS:
            self._save()
            self._saved = now
        return any(busy)

    def _discover(self) -> None:
        """Open the shards whose parents are finished, and forget those that are gone."""
        shards = self.client.shards(self.stream)
        positions = self.checkpoints.positions
        for gone in positions.keys() - shards.keys():
            del positions[gone]
        for shard, parent in shards.items():
            waits = parent in shards and positions.get(parent) != FINISHED
            if shard not in self._readers and positions.get(shard) != FINISHED and not waits:
                source = Source(self.stream, shard, self.function)
                self._readers[shard] = ShardReader(
                    self.client, self.delivery, self.executor, source, positions.get(shard)
                )

    def _save(self) -> None:
        for shard, reader in self._readers.items():
            if (committed := reader.progress.committed) is not None:
                self.checkpoints.positions[shard] = committed
        try:
            self.checkpoints.save()
        except OSError as error:
            self.warn(f"cannot save the position in {self.stream}: {error}")
