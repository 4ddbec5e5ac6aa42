"""One user at a time for a folder."""

import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from local.settings import LocalError

HAND_OVER_SECONDS: Final = 10.0
POLL_SECONDS: Final = 0.02


@dataclass(frozen=True)
class Lock:
    """A lock that the kernel drops when its last holder has ended.

    Attributes:
        descriptor: Open file; a child process that inherits it holds the lock too.
    """

    descriptor: int

    @classmethod
    def acquire(cls, folder: Path) -> Self:
        """Lock a folder for this process and the children that inherit the lock.

        A holder whose own process has been killed may need a moment to end its
        children, so the lock is waited for as long as nobody living claims it.

        Args:
            folder: Folder to lock; it must exist.

        Returns:
            The lock, held.

        Raises:
            LocalError: A living process holds it.
        """
        path = folder / "lock"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        deadline = time.monotonic() + HAND_OVER_SECONDS
        while not try_lock(descriptor):
            owner = read_owner(path)
            if is_alive(owner) or time.monotonic() > deadline:
                os.close(descriptor)
                message = f"{folder} is in use by process {owner or 'unknown'}"
                raise LocalError(message)
            time.sleep(POLL_SECONDS)
        os.truncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        return cls(descriptor)

    def close(self) -> None:
        """Let go of the lock; children that inherited it keep it."""
        os.close(self.descriptor)


def try_lock(descriptor: int) -> bool:
    """Take the lock if it is free."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def read_owner(path: Path) -> int:
    """Read who took the lock last: a process id, or 0 while it is being written."""
    text = path.read_text()
    return int(text) if text.isdigit() else 0


def is_alive(process: int) -> bool:
    """Return whether a process runs; False for 0."""
    if not process:
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return not has_ended(process)


def has_ended(process: int) -> bool:
    """Return whether of a process only its exit status is left, which nobody has asked for.

    It can be signalled like a running one, in a container whose first process asks for no orphan's
    for as long as that runs. Only Linux tells (proc(5): the state follows the name in brackets).
    """
    try:
        stat = Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False
    return stat.rpartition(") ")[2][:1] in {"Z", "X"}
