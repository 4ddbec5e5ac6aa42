"""How far a shard has been handled."""

import threading


class Progress:
    """Records of one shard on their way, and the point before which all are done.

    Records are handled side by side and finish in any order; what may be
    remembered for a restart is the last one before which nothing is open.
    """

    def __init__(self, committed: str | None = None) -> None:
        """Start after what an earlier run has handled.

        Args:
            committed: Sequence number up to which everything is done.
        """
        self._committed = committed
        self._open: dict[str, bool] = {}
        self._lock = threading.Lock()

    @property
    def committed(self) -> str | None:
        """Sequence number up to which everything is done; None before the first."""
        with self._lock:
            return self._committed

    @property
    def outstanding(self) -> int:
        """How many records have been read but not committed."""
        with self._lock:
            return len(self._open)

    def begin(self, sequence: str) -> None:
        """Take note of a record, in the order of the shard."""
        with self._lock:
            self._open[sequence] = False

    def finish(self, *sequences: str) -> None:
        """Take note that records need nothing more."""
        with self._lock:
            for sequence in sequences:
                self._open[sequence] = True
            while self._open:
                first = next(iter(self._open))
                if not self._open[first]:
                    return
                self._committed = first
                del self._open[first]
