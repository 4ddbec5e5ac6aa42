"""Threads that run one at a time: any interleaving of their calls can occur."""

import random
import threading
from collections.abc import Callable, Iterable
from itertools import islice

from tests.support.stream_feed import CutOffError


class Scheduler:
    """Lets work be done side by side, and decides at each pause which one continues.

    Changes that are seldom leave one behind while others do much; frequent ones let many be under
    way at once.
    """

    def __init__(self, chance: random.Random, *, changes: float, deaths: float) -> None:
        """Take how likely, at a pause, another one continues, and how likely one dies: nothing that
        it would have done after a failure is done.
        """
        self._chance = chance
        self._changes, self._deaths = changes, deaths
        self._order: list[_Task] = []

    def run(self, work: Iterable[Callable[[], None]], at_once: int) -> None:
        """Do work, so much of it side by side, until all of it has ended, or died.

        Raises:
            BaseException: What the first of it raised that failed otherwise.
        """
        coming = iter(work)
        self._begin(islice(coming, at_once))
        while self._order:
            first = self._order[0]
            first.go_on(dies=self._chance.random() < self._deaths)
            if first.ended:
                self._order.remove(first)
                self._begin(islice(coming, 1))
            elif self._chance.random() < self._changes:
                self._order.remove(first)
                self._put(first)
            if first.failure is not None:
                raise first.failure

    def _begin(self, some: Iterable[Callable[[], None]]) -> None:
        for work in some:
            self._put(_Task(work))

    def _put(self, turn: "_Task") -> None:
        self._order.insert(self._chance.randint(0, len(self._order)), turn)

    def pause(self) -> None:
        """Let the others continue; called by the one that runs."""
        if self._order and self._order[0].is_own():
            self._order[0].wait()


class _Task:
    """Work in a thread of its own, which runs only when the scheduler lets it."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work
        self._dies = False
        self._go, self._stop = threading.Semaphore(0), threading.Semaphore(0)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.ended = False
        self.failure: BaseException | None = None
        self._thread.start()

    def is_own(self) -> bool:
        """Return whether the caller is this work, and not a thread that it has started."""
        return threading.current_thread() is self._thread

    def go_on(self, *, dies: bool) -> None:
        """Let it continue to its next pause, or its end."""
        self._dies = dies
        self._go.release()
        self._stop.acquire()

    def wait(self) -> None:
        """Stop until the scheduler continues it."""
        self._stop.release()
        self._go.acquire()
        if self._dies:
            raise CutOffError

    def _run(self) -> None:
        self._go.acquire()
        try:
            self._work()
        except CutOffError:
            pass
        except BaseException as failure:  # noqa: BLE001 - raised where the work was handed in
            self.failure = failure
        self.ended = True
        self._stop.release()
