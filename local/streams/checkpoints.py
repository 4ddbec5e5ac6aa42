"""Remembers on disk how far each event source has read a stream."""

import json
from pathlib import Path

FINISHED = "finished"
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
