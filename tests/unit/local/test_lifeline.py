"""Processes do not outlive the one that started them; a folder has one user at a time."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from local import lifeline, locks
from local.settings import PROJECT, LocalError
from tests.unit.local.records import until

SLEEP = [sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(60)"]
PARENT = f"""
import sys, time
from local import lifeline
lifeline.start({SLEEP!r}, output=sys.stdout.buffer)
time.sleep(60)
"""
STUBBORN = """
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print(os.getpid(), flush=True)
time.sleep(60)
"""


def is_gone(pid: int) -> bool:
    """Return whether a process has ended."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return False


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_a_program_ends_with_the_process_that_started_it(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PARENT],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        cwd=PROJECT,
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert not is_gone(child)
        parent.send_signal(number)

    until(lambda: is_gone(child))


@pytest.mark.parametrize("waits", [True, False], ids=["stopped", "ended by itself"])
def test_what_a_program_has_started_ends_with_it(tmp_path: Path, *, waits: bool) -> None:
    starts = "import subprocess; child = subprocess.Popen(['sleep', '60']); print(child.pid)"
    if waits:
        starts += "; import sys; sys.stdout.flush(); child.wait()"
    with (tmp_path / "out").open("wb") as output:
        guarded = lifeline.start([sys.executable, "-c", starts], output=output)
    until(lambda: (tmp_path / "out").read_text().endswith("\n"))
    if waits:
        guarded.stop()

    until(lambda: guarded.ended)
    until(lambda: is_gone(int((tmp_path / "out").read_text())))


@pytest.mark.parametrize("program", [SLEEP, [sys.executable, "-c", STUBBORN]])
def test_a_program_is_ended_by_force_if_it_does_not_listen(
    program: list[str], tmp_path: Path
) -> None:
    with (tmp_path / "out").open("wb") as output:
        guarded = lifeline.start(program, output=output)
    until(lambda: (tmp_path / "out").read_text().endswith("\n"))
    child = int((tmp_path / "out").read_text())
    assert not guarded.wait(0)
    guarded.stop()

    assert guarded.ended
    assert is_gone(child)


def test_a_folder_has_one_user_at_a_time(tmp_path: Path) -> None:
    lock = locks.acquire(tmp_path)
    with pytest.raises(LocalError, match=f"is in use by process {os.getpid()}"):
        locks.acquire(tmp_path)
    os.close(lock)

    os.close(locks.acquire(tmp_path))


@pytest.mark.parametrize("reaped", [True, False])
def test_a_lock_whose_owner_was_killed_is_waited_for(tmp_path: Path, *, reaped: bool) -> None:
    take_and_die = f"""
import os, subprocess
from pathlib import Path
from local import locks
lock = locks.acquire(Path({str(tmp_path)!r}))
subprocess.Popen(["sleep", "0.5"], pass_fds=[lock])
os.kill(os.getpid(), 9)
"""
    with subprocess.Popen([sys.executable, "-c", take_and_die], cwd=PROJECT) as owner:
        if reaped:
            owner.wait()
        else:
            os.waitid(os.P_PID, owner.pid, os.WEXITED | os.WNOWAIT)
        os.close(locks.acquire(tmp_path))
