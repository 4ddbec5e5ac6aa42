"""One execution environment of a function: a process that answers one event at a time."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

from local.bootstrap import FAILURE, read_frame, write_frame
from local.lifeline import Lifeline
from local.resources import Function
from local.settings import PROJECT

_BOOTSTRAP: Final = Path(__file__).with_name("bootstrap.py")
_INIT_SECONDS: Final = 30.0  # Lambda gives 10; this machine may be busy starting everything at once
_EXIT_SECONDS: Final = 1.0  # from the end of the output to the end of the process


@dataclass(frozen=True)
class Answer:
    """The outcome of an invocation: the function's result or, if it failed, error, as JSON."""

    payload: bytes
    failed: bool = False

    @property
    def kind(self) -> str:
        """The type of the error; empty if there is none."""
        return str(json.loads(self.payload)["errorType"]) if self.failed else ""

    def failed_items(self, identifiers: Sequence[str], *, reports: bool) -> set[str]:
        """Return the identifiers of the records of a batch that failed.

        These are all of them if the function failed or its report is invalid. A report is read
        only if the event source has ReportBatchItemFailures.
        """
        every = set(identifiers)
        if self.failed:
            return every
        response = json.loads(self.payload) if reports else None
        try:
            failures = () if response is None else response.get("batchItemFailures") or ()
            named = {failure["itemIdentifier"] for failure in failures}
        except (AttributeError, KeyError, TypeError):
            return every
        return every if named - every else named

    @classmethod
    def failure(cls, kind: str, message: str) -> Self:
        """Build a failure that the function itself could not report."""
        described = {"errorType": kind, "errorMessage": message}
        return cls(json.dumps(described).encode(), failed=True)


class Worker:
    """A process that runs a function."""

    def __init__(
        self,
        function: Function,
        environment: Mapping[str, str],
        lifeline: Lifeline,
        log: Callable[[str], None],
    ) -> None:
        """Start the process in an environment of its own, without waiting for the function to load.

        It ends with the lifeline; `log` takes each line that the function prints.
        """
        self._function = function
        self._code = _signature(*function.folders)
        self._broken = False
        self._channel, theirs = socket.socketpair()
        self._stream = self._channel.makefile("rb")
        with theirs:
            self._process = subprocess.Popen(
                _command_line(function, theirs.fileno(), lifeline.reading),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                cwd=function.code if function.code.is_dir() else None,
                env=dict(environment),
                pass_fds=(theirs.fileno(), lifeline.reading),
                start_new_session=True,
            )
        self._drainer = threading.Thread(target=self._drain, args=(log,), daemon=True)
        self._drainer.start()

    def load(self) -> Answer:
        """Wait until the function can be invoked; the process is ended if importing it fails."""
        answer = self._receive(_INIT_SECONDS)
        if answer.failed:
            self.kill()
            self.join()
        return answer

    def invoke(self, event: bytes, trace: str) -> Answer:
        """Invoke the function with an event as JSON; at its timeout it is killed, as on Lambda."""
        facts = {
            "requestId": str(uuid.uuid4()),
            "arn": self._function.arn,
            "deadline": time.time() + self._function.timeout,
            "trace": trace,
        }
        try:
            write_frame(self._channel, json.dumps(facts).encode())
            write_frame(self._channel, event)
        except OSError:
            return self._exited()
        return self._receive(self._function.timeout)

    @property
    def usable(self) -> bool:
        """Whether the process can answer another event."""
        return not self._broken and self._process.poll() is None

    @property
    def is_current(self) -> bool:
        """Whether it is usable, and its code has not changed since its start."""
        return self.usable and self._code == _signature(*self._function.folders)

    def retire(self) -> None:
        """Let an idle process end by itself."""
        self._stream.close()
        self._channel.close()

    def kill(self) -> None:
        """Kill the process, without waiting."""
        self._process.kill()

    def join(self) -> None:
        """Wait until the process has ended and all its output is in the log."""
        self._drainer.join()
        self.retire()

    def _receive(self, seconds: float) -> Answer:
        try:
            self._channel.settimeout(seconds)
            frame = read_frame(self._stream)
        except TimeoutError:
            self._broken = True
            self._process.kill()
            message = f"Task timed out after {seconds:.2f} seconds"
            return Answer.failure("Sandbox.Timedout", message)
        except (OSError, ValueError):  # closed by the process, or by join() here
            frame = None
        return Answer(frame[1:], failed=frame[:1] == FAILURE) if frame else self._exited()

    def _exited(self) -> Answer:
        self._broken = True
        try:
            status = self._process.wait(_EXIT_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            status = self._process.wait()
        message = f"Runtime exited with error: exit status {status}"
        return Answer.failure("Runtime.ExitError", message)

    def _drain(self, log: Callable[[str], None]) -> None:
        """Log what the function prints, until its process has ended."""
        if self._process.stdout is not None:
            with self._process.stdout as printed:
                for line in printed:
                    log(line.decode(errors="replace").rstrip("\n"))
        self._process.wait()


def _command_line(function: Function, channel: int, lifeline: int) -> list[str]:
    """Build the command that runs bootstrap.py for a function."""
    settings = {
        "code": str(function.code),
        "handler": function.handler,
        "layers": [str(layer) for layer in function.layers],
        "project": str(PROJECT),
    }
    # Without byte-code, as on Lambda: Python would take it for current after a second change of a
    # file within the same second.
    interpreter = [sys.executable, "-I", "-B", "-u", str(_BOOTSTRAP)]
    return [*interpreter, str(channel), str(lifeline), json.dumps(settings)]


def _signature(*folders: str | Path) -> set[tuple[str, int, int]]:
    """Return path, time of change and size of each file, without byte-code.

    Equal signatures mean that nothing has changed. A missing folder counts as empty, and links
    to nothing, which some editors make for open files, do not count.
    """
    found = set()
    for folder in folders:
        with contextlib.suppress(FileNotFoundError), os.scandir(folder) as entries:
            for entry in entries:
                if entry.is_file():
                    status = entry.stat()
                    found.add((entry.path, status.st_mtime_ns, status.st_size))
                elif entry.is_dir() and entry.name != "__pycache__":
                    found |= _signature(entry.path)
    return found
