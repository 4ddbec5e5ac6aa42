"""Invokes the functions of the stack, each in processes of its own."""

import contextlib
import json
import os
import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from local.lifeline import Lifeline
from local.resources import Function
from local.settings import LocalError, credentials
from local.worker import Answer, Worker

_MAX_WORKERS: Final = max(4, os.cpu_count() or 1)
_ENDED: Final = Answer.failure("Closed", "the local system is ending")
_KEPT_BYTES: Final = 10_000_000


class _Log:
    """The log of one function."""

    def __init__(self, name: str, folder: Path, echo: Callable[[str], None]) -> None:
        """Open the function's file in the folder; `echo` shows errors in a readable form."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.log"
        if path.exists() and path.stat().st_size > _KEPT_BYTES:
            path.replace(path.with_suffix(".old.log"))
        self._name = name
        self._file = path.open("a", buffering=1, encoding="utf-8", errors="replace")
        self._echo = echo
        self._lock = threading.Lock()

    def __call__(self, line: str) -> None:
        """Log a line that the function printed; a full disk or a closed file stops nothing."""
        with self._lock, contextlib.suppress(OSError, ValueError):
            self._file.write(f"{line}\n")
        if text := _readable(line):
            self._echo(f"{self._name}: {text}")

    def close(self) -> None:
        """Close the file; later lines are only shown."""
        self._file.close()


@dataclass
class _Pool:
    """Workers of one function, started on demand.

    Waiting invocations are served in order. A worker whose code has changed since
    its start gets no further event. There are at most `maximum`.
    """

    function: Function
    environment: Mapping[str, str]
    lifeline: Lifeline
    maximum: int
    log: _Log
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _free: list[Worker] = field(default_factory=list)
    _waiting: deque[Future[Worker | Answer]] = field(default_factory=deque)
    _all: set[Worker] = field(default_factory=set)
    _loading: int = 0
    _closed: bool = False

    def invoke(self, event: bytes, trace: str) -> Answer:
        """Invoke the function with an event as JSON and an X-Ray trace header.

        Waits for a worker if necessary. A failed import counts as a failure of the function.
        """
        worker = self._take()
        if isinstance(worker, Answer):
            return worker
        try:
            return worker.invoke(event, trace)
        finally:
            with self._lock:
                self._give(worker)

    def warm(self) -> bool:
        """Wait for a worker, and return whether it is ready; if not, the log says why."""
        worker = self._take()
        if isinstance(worker, Answer):
            return False
        with self._lock:
            self._give(worker)
        return True

    def close(self) -> None:
        """Kill all workers, even during an event, without waiting for them."""
        with self._lock:
            self._closed = True
            for worker in self._all:
                worker.kill()
            while self._waiting:
                self._waiting.popleft().set_result(_ENDED)

    def join(self) -> None:
        """Wait until all workers have ended."""
        for worker in list(self._all):
            worker.join()

    def _take(self) -> Worker | Answer:
        """Wait for a worker that no other invocation uses; a failure if it cannot be loaded."""
        with self._lock:
            while self._free:
                worker = self._free.pop()
                if worker.is_current:
                    return worker
                self._drop(worker)
            if self._closed:
                return _ENDED
            future: Future[Worker | Answer] = Future()
            self._waiting.append(future)
            self._grow()
        return future.result()

    # The lock is held in all of the following methods, except at the start of _load.

    def _give(self, worker: Worker) -> None:
        """Give a worker to the next invocation, or keep it."""
        if not worker.usable or (self._waiting and not worker.is_current):
            self._drop(worker)
            self._grow()
        elif self._waiting:
            self._waiting.popleft().set_result(worker)
        else:
            self._free.append(worker)

    def _drop(self, worker: Worker) -> None:
        self._all.discard(worker)
        worker.retire()

    def _grow(self) -> None:
        """Start a worker for each waiting invocation, up to the maximum."""
        while self._loading < len(self._waiting) and len(self._all) < self.maximum:
            worker = Worker(self.function, self.environment, self.lifeline, self.log)
            self._loading += 1
            self._all.add(worker)
            threading.Thread(target=self._load, args=(worker,), daemon=True).start()

    def _load(self, worker: Worker) -> None:
        """Give a worker to the next invocation once it is loaded."""
        answer = worker.load()
        with self._lock:
            self._loading -= 1
            if answer.failed and self._waiting:
                self._waiting.popleft().set_result(answer)
            self._give(worker)


class Functions:
    """Runs functions; each has its own processes."""

    def __init__(
        self,
        functions: Iterable[Function],
        services: Mapping[str, str],
        logs: Path,
        echo: Callable[[str], None],
    ) -> None:
        """Start nothing yet; `services` are variables that lead AWS libraries to local servers.

        Each function has a log file in the folder `logs`; errors are shown by `echo` too.
        """
        self._folder = logs
        self._lifeline = Lifeline()
        self._echo = echo
        self._closed = False
        self._pools = {
            function.logical_id: _Pool(
                function,
                _environment(function, services),
                self._lifeline,
                min(_MAX_WORKERS, function.concurrency or _MAX_WORKERS),
                _Log(function.logical_id, logs, echo),
            )
            for function in functions
        }

    def invoke(self, logical_id: str, event: bytes) -> Answer:
        """Invoke a function with an event as JSON, and return its result or failure."""
        trace = f"Root=1-{int(time.time()):08x}-{secrets.token_hex(12)};Sampled=0"
        answer = self._pools[logical_id].invoke(event, trace)
        if answer.kind in {"Runtime.ExitError", "Sandbox.Timedout"} and not self._closed:
            self._echo(f"{logical_id}: {answer.payload.decode()}")
        return answer

    def warm(self, logical_id: str) -> None:
        """Start one worker of a function, if it has none, and wait until it is ready.

        Raises:
            LocalError: The function cannot be imported.
        """
        if not self._pools[logical_id].warm():
            message = f"cannot start {logical_id}; the reason is above and in {self._folder}"
            raise LocalError(message)

    def close(self) -> None:
        """End all processes; a second call changes nothing."""
        if self._closed:
            return
        self._closed = True
        for pool in self._pools.values():
            pool.close()
        for pool in self._pools.values():
            pool.join()
            pool.log.close()
        self._lifeline.cut()


def _environment(function: Function, services: Mapping[str, str]) -> dict[str, str]:
    """Build the whole environment of a function's process.

    Of the developer's environment it has only PATH, so a function that works
    here does not depend on the rest.
    """
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        **credentials(),
        **services,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{function.name}",
        "AWS_LAMBDA_LOG_STREAM_NAME": "local",
        "AWS_SAM_LOCAL": "true",
        "ANSWER_SECONDS": "5",
        "LAMBDA_TASK_ROOT": str(function.code),
        "_HANDLER": function.handler,
        **function.environment,
    }


def _readable(line: str) -> str | None:
    """Return the message and stack of an error that a function logged; None for other lines."""
    if line.startswith("[ERROR]"):
        return line
    try:
        record = json.loads(line) if line.startswith("{") else None
    except ValueError:
        return None
    if not isinstance(record, dict) or record.get("level") not in {"ERROR", "CRITICAL"}:
        return None
    stack = f"\n{record['exception']}" if record.get("exception") else ""
    return f"[{record['level']}] {record.get('message')} ({record.get('location')}){stack}"
