"""The execution environments of one function."""

import threading
import time
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Final

from local.lifeline import Lifeline
from local.resources import Function
from local.sources import signature
from local.worker import Answer, InitError, LogLine, Worker

_SPARE_SECONDS: Final = 300.0
"""How long an idle worker beyond the first is kept."""


class Pool:
    """Workers of one function, started on demand.

    Waiting invocations are served in order. A worker whose code has changed since
    its start gets no further event.
    """

    def __init__(
        self,
        function: Function,
        environment: Mapping[str, str],
        lifeline: Lifeline,
        maximum: int,
        log: LogLine,
    ) -> None:
        """Start nothing yet.

        Args:
            function: The function.
            environment: The workers' whole environment.
            lifeline: Ends the workers together with this process.
            maximum: Most workers.
            log: Takes each line that the function prints.
        """
        self.function = function
        self._environment = environment
        self._lifeline = lifeline
        self._maximum = maximum
        self._log = log
        self._folders = (function.code, *function.layers)
        self._lock = threading.Lock()
        self._free: deque[Worker] = deque()
        self._waiting: deque[Future[Worker]] = deque()
        self._all: set[Worker] = set()
        self._count = 0
        self._starting = 0
        self._closed = False

    def invoke(self, event: bytes, trace: str) -> Answer:
        """Invoke the function on a free worker, waiting for one if necessary.

        Args:
            event: The event as JSON.
            trace: The X-Ray trace header.

        Returns:
            The result or failure; a failed import counts as a failure.
        """
        try:
            worker = self._take()
        except InitError as error:
            return error.answer
        try:
            return worker.invoke(event, trace)
        finally:
            with self._lock:
                self._give(worker)

    def warm(self) -> bool:
        """Wait for a worker, and return whether it is ready; if not, the log says why."""
        try:
            worker = self._take()
        except InitError:
            return False
        with self._lock:
            self._give(worker)
        return True

    def close(self) -> None:
        """Kill all workers, even during an event, without waiting for them."""
        with self._lock:
            self._closed = True
            workers = list(self._all)
            waiting, self._waiting = self._waiting, deque()
        for future in waiting:
            future.set_exception(_ended())
        for worker in workers:
            worker.kill()

    def join(self) -> None:
        """Wait until all workers have ended."""
        for worker in list(self._all):
            worker.join()

    def _take(self) -> Worker:
        """Wait for a worker that no other invocation uses."""
        with self._lock:
            while self._free:
                worker = self._free.pop()
                if self._is_current(worker):
                    return worker
                self._drop(worker)
            if self._closed:
                raise _ended()
            future: Future[Worker] = Future()
            self._waiting.append(future)
            self._grow()
        return future.result()

    # The lock is held in all of the following methods, except at the start of _start.

    def _give(self, worker: Worker) -> None:
        """Give a worker to the next invocation, or keep it."""
        if not worker.usable or (self._waiting and not self._is_current(worker)):
            self._drop(worker)
            self._grow()
        elif self._waiting:
            self._waiting.popleft().set_result(worker)
        else:
            self._free.append(worker)
            self._drop_spare()

    def _is_current(self, worker: Worker) -> bool:
        return worker.usable and worker.signature == signature(self._folders)

    def _drop(self, worker: Worker) -> None:
        self._count -= 1
        self._all.discard(worker)
        worker.retire()

    def _drop_spare(self) -> None:
        """End the worker that has been idle longest, if it is not the only one."""
        oldest = self._free[0]
        if len(self._free) > 1 and time.monotonic() - oldest.free_since > _SPARE_SECONDS:
            self._drop(self._free.popleft())

    def _grow(self) -> None:
        """Start a worker for each waiting invocation, up to the maximum."""
        while self._starting < len(self._waiting) and self._count < self._maximum:
            self._starting += 1
            self._count += 1
            threading.Thread(target=self._start, daemon=True).start()

    def _start(self) -> None:
        """Start one worker and give it to the next invocation."""
        code = signature(self._folders)
        worker = Worker(self.function, self._environment, self._lifeline, code, self._log)
        with self._lock:
            self._all.add(worker)
            closed = self._closed
        if closed:
            worker.kill()
        try:
            worker.wait_until_loaded()
        except InitError as error:
            with self._lock:
                self._fail(worker, error)
            return
        with self._lock:
            self._starting -= 1
            self._give(worker)

    def _fail(self, worker: Worker, error: InitError) -> None:
        self._starting -= 1
        self._drop(worker)
        if self._waiting:
            self._waiting.popleft().set_exception(error)
        self._grow()


def _ended() -> InitError:
    return InitError(Answer.failure("Closed", "the local system is ending"))
