"""Remembers on disk how far each consumer of a stream has come."""

import json
import os
from pathlib import Path

FINISHED = "finished"
"""Stands in place of a sequence number when a shard is handled to its end."""


class Checkpoints:
    """Positions of one consumer in the shards of one stream."""

    def __init__(self, path: Path | None, stream: str) -> None:
        """Read what an earlier run has left.

        Args:
            path: The file; positions are kept in memory only if None.
            stream: ARN of the stream. Positions of another stream are of no use.
        """
        self._path = path
        self._stream = stream
        self._positions = read(path, stream)
        self._saved = dict(self._positions)

    @property
    def is_new(self) -> bool:
        """Whether no earlier run has left anything."""
        return not self._positions

    def position(self, shard: str) -> str | None:
        """Give the last sequence number handled in a shard, FINISHED, or None."""
        return self._positions.get(shard)

    def move(self, shard: str, position: str) -> None:
        """Set the position in a shard."""
        self._positions[shard] = position

    def keep_only(self, shards: set[str]) -> None:
        """Forget shards that the stream no longer has."""
        self._positions = {
            shard: position for shard, position in self._positions.items() if shard in shards
        }

    def save(self) -> None:
        """Write the positions to disk, whole or not at all, if they have changed."""
        if self._path is None or self._positions == self._saved:
            return
        self._saved = dict(self._positions)
        temporary = self._path.with_suffix(".new")
        temporary.write_text(json.dumps({"stream": self._stream, "shards": self._saved}))
        os.replace(temporary, self._path)  # noqa: PTH105 - the name says that it is atomic


def read(path: Path | None, stream: str) -> dict[str, str]:
    """Read positions from a file; none if it is missing or of another stream."""
    if path is None or not path.exists():
        return {}
    kept = json.loads(path.read_text())
    shards: dict[str, str] = kept["shards"] if kept["stream"] == stream else {}
    return shards
