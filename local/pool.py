"""The execution environments of one function."""

import threading
from collections import deque
from collections.abc import Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Final

from local.lifeline import Lifeline
from local.logs import FunctionLog
from local.resources import Function
from local.worker import Answer, Worker

_ENDED: Final = Answer.failure("Closed", "the local system is ending")


@dataclass
class Pool:
    """Workers of one function, started on demand.

    Waiting invocations are served in order. A worker whose code has changed since
    its start gets no further event. There are at most `maximum`.
    """

    function: Function
    environment: Mapping[str, str]
    lifeline: Lifeline
    maximum: int
    log: FunctionLog
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
