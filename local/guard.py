"""Runs one program and ends it when the process that started it is gone.

Run as a script: `guard.py FD PROGRAM [ARGUMENT...]`. FD is the reading end of a
pipe whose writing end only the starting process holds, so it closes when that
process ends, in whatever way, kill -9 included. The guard then asks the program
to stop and kills it if that takes too long; what it has started and left behind
ends with it. The guard imports little, to start quickly.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading

_STOP_SECONDS = 2.0


def _die_with_parent() -> None:
    """Have the kernel kill the program if the guard itself is killed (Linux)."""
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)


def _stop_after_end_of(lifeline: int, program: "subprocess.Popen[bytes]") -> None:
    while os.read(lifeline, 1):
        pass
    program.terminate()
    try:
        program.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        program.kill()


def main() -> int:
    """Run the program until it or the starting process ends."""
    lifeline, command = int(sys.argv[1]), sys.argv[2:]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)  # not SIG_IGN: the program would inherit it
    prepare = _die_with_parent if sys.platform == "linux" else None
    program = subprocess.Popen(command, preexec_fn=prepare, start_new_session=True)  # noqa: PLW1509 - no thread yet
    watcher = threading.Thread(target=_stop_after_end_of, args=(lifeline, program), daemon=True)
    watcher.start()
    status = program.wait()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(program.pid, signal.SIGKILL)  # what the program started and has left behind
    return abs(status)


if __name__ == "__main__":
    sys.exit(main())
