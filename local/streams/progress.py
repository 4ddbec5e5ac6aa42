"""How far a shard has been processed."""

import threading


class Progress:
    """The records of one shard that are in progress.

    Lanes finish records in any order. The committed position, from which the next
    run continues, is the last record before which nothing is in progress.
    """

    def __init__(self, committed: str | None = None) -> None:
        """Start after a sequence number that an earlier run has committed."""
        self._committed = committed
        self._finished: dict[str, bool] = {}
        self._lock = threading.Lock()

    @property
    def committed(self) -> str | None:
        """The committed sequence number; None before the first record."""
        with self._lock:
            return self._committed

    @property
    def outstanding(self) -> int:
        """How many records have been read but not committed."""
        with self._lock:
            return len(self._finished)

    def begin(self, sequence: str) -> None:
        """Add a record that has been read, in the order of the shard."""
        with self._lock:
            self._finished[sequence] = False

    def finish(self, *sequences: str) -> None:
        """Mark records as processed or given up."""
        with self._lock:
            self._finished.update(dict.fromkeys(sequences, True))
            while self._finished and self._finished[first := next(iter(self._finished))]:
                self._committed = first
                del self._finished[first]
