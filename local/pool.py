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
"""How long a worker beyond the first is kept without work."""


class Pool:
    """Workers of one function, started when they are needed.

    Whoever waits longest is served first. A worker whose code has changed since
    it was started gets no further event.
    """

    def __init__(
        self,
        function: Function,
        environment: Mapping[str, str],
        lifeline: Lifeline,
        maximum: int,
        log: LogLine,
    ) -> None:
        """Prepare a pool without starting anything.

        Args:
            function: What the workers run.
            environment: All their variables.
            lifeline: Ends them together with this process.
            maximum: How many may run at once.
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
        """Have the function handle an event, waiting for a free worker.

        Args:
            event: The event as JSON.
            trace: X-Ray's trace header.

        Returns:
            The result, or what went wrong; a function that cannot be imported
            fails like one that raises.
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
        """Wait until one worker is ready.

        Returns:
            Whether there is one; if not, the function's log tells why.
        """
        try:
            worker = self._take()
        except InitError:
            return False
        with self._lock:
            self._give(worker)
        return True

    def close(self) -> None:
        """End all workers, in the middle of an event too, without waiting for them."""
        with self._lock:
            self._closed = True
            workers = list(self._all)
            waiting, self._waiting = self._waiting, deque()
        for future in waiting:
            future.set_exception(ended())
        for worker in workers:
            worker.kill()

    def join(self) -> None:
        """Wait until all workers have ended."""
        for worker in list(self._all):
            worker.join()

    def _take(self) -> Worker:
        """Wait for a worker of one's own."""
        with self._lock:
            while self._free:
                worker = self._free.pop()
                if self._is_current(worker):
                    return worker
                self._drop(worker)
            if self._closed:
                raise ended()
            future: Future[Worker] = Future()
            self._waiting.append(future)
            self._grow()
        return future.result()

    def _give(self, worker: Worker) -> None:
        """Pass a worker on to who waits, or keep it; with the lock held."""
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
        """End the worker that has been free longest, if it is not the only one."""
        oldest = self._free[0]
        if len(self._free) > 1 and time.monotonic() - oldest.free_since > _SPARE_SECONDS:
            self._drop(self._free.popleft())

    def _grow(self) -> None:
        """Start a worker for each who waits, up to the maximum; with the lock held."""
        while self._starting < len(self._waiting) and self._count < self._maximum:
            self._starting += 1
            self._count += 1
            threading.Thread(target=self._start, daemon=True).start()

    def _start(self) -> None:
        """Start one worker and pass it on, or pass on why there is none."""
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
            self._fail(worker, error)
            return
        with self._lock:
            self._starting -= 1
            self._give(worker)

    def _fail(self, worker: Worker, error: InitError) -> None:
        with self._lock:
            self._starting -= 1
            self._drop(worker)
            if self._waiting:
                self._waiting.popleft().set_exception(error)
            self._grow()


def ended() -> InitError:
    """Say that nothing is started any more."""
    return InitError(Answer.failure("Closed", "the local system is ending"))
