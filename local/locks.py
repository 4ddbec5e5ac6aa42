"""A lock on a folder, so that one system at a time uses it."""

import fcntl
import os
import time
from pathlib import Path
from typing import Final

from local.settings import LocalError

_RELEASE_SECONDS: Final = 10.0
_POLL_SECONDS: Final = 0.02


def acquire(folder: Path) -> int:
    """Lock an existing folder.

    After a kill -9 the children of the last holder need a moment to end, so
    this waits while no living process claims the lock.

    Returns:
        The descriptor of an open file. A child process that inherits it holds the lock too:
        the kernel releases the lock when the last one closes the file or ends.

    Raises:
        LocalError: A living process holds the lock.
    """
    path = folder / "lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    deadline = time.monotonic() + _RELEASE_SECONDS
    while not _try_lock(descriptor):
        owner = path.read_text()  # empty while it is being written
        if _is_alive(owner) or time.monotonic() > deadline:
            os.close(descriptor)
            message = f"{folder} is in use by process {owner or 'unknown'}"
            raise LocalError(message)
        time.sleep(_POLL_SECONDS)
    os.truncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)
    return descriptor


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _is_alive(process: str) -> bool:
    """Check whether a process runs.

    One that has ended can still be signalled until its parent reads its status: in a
    container whose first process never does so, forever. On Linux its state shows this.
    """
    try:
        os.kill(int(process), 0)
    except (ProcessLookupError, ValueError):
        return False
    except PermissionError:
        return True
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return True
    return stat.rpartition(") ")[2][:1] not in {"Z", "X"}
