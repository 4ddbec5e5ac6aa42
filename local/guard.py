"""Runs one program and ends it when the process that asked for it is gone.

Run as a script: `guard.py FD PROGRAM [ARGUMENT...]`. FD is the reading end of a
pipe whose writing end only the asking process holds, so it closes when that
process ends, in whatever way, kill -9 included. The guard then asks the program
to stop and, if that takes too long, kills it. It imports little: it has to be
there before the program is.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading

STOP_SECONDS = 2.0


def die_with_parent() -> None:
    """Have the kernel kill the program if the guard itself is killed (Linux)."""
    set_parent_death_signal = 1
    ctypes.CDLL(None).prctl(set_parent_death_signal, signal.SIGKILL)


def stop(program: "subprocess.Popen[bytes]") -> None:
    """End the program: politely first, by force after STOP_SECONDS."""
    program.terminate()
    try:
        program.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        program.kill()


def wait_for_end_of(lifeline: int, program: "subprocess.Popen[bytes]") -> None:
    """Block until the asking process is gone, then stop the program."""
    while os.read(lifeline, 1):
        pass
    stop(program)


def main() -> int:
    """Run the program until it or the asking process ends."""
    lifeline, command = int(sys.argv[1]), sys.argv[2:]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)  # not SIG_IGN: the program would inherit it
    prepare = die_with_parent if sys.platform == "linux" else None
    program = subprocess.Popen(command, preexec_fn=prepare)  # noqa: PLW1509 - no thread yet
    watcher = threading.Thread(target=wait_for_end_of, args=(lifeline, program), daemon=True)
    watcher.start()
    return abs(program.wait())


if __name__ == "__main__":
    sys.exit(main())
