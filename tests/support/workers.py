"""The stream function in several threads, as Lambda runs it in several processes."""

import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from queue import SimpleQueue
from typing import TYPE_CHECKING, cast

from provisioning.operations import orphans, worker
from tests.support.stream import Record, Stream, image, key_of, settings

if TYPE_CHECKING:
    from provisioning.table.operation_types import Shard

WORKERS = 6
REPEATED = 0.1
"""Share of the records that a second worker gets too, at any moment."""


class Workers:
    """Delivers a table's stream to threads: of each item one record at a time, in order.

    Attributes:
        history: Every record of the stream so far, in its order.
        failures: What went wrong, other than by design.
    """

    def __init__(self, stream: Stream, seed: int = 0) -> None:
        self._stream = stream
        self._random = random.Random(seed)
        self._queues: list[SimpleQueue[Record | None]] = [SimpleQueue() for _ in range(WORKERS)]
        self._idle = threading.Condition()
        self._under_way = 0
        self.history: list[Record] = []
        self.failures: list[BaseException] = []

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Work while the block runs, and after it until nothing is left to be done."""
        ended = threading.Event()
        threads = [threading.Thread(target=self._work, args=(queue,)) for queue in self._queues]
        threads.append(threading.Thread(target=self._follow, args=(ended,)))
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            ended.set()
            threads.pop().join()
            for queue in self._queues:
                queue.put(None)
            for thread in threads:
                thread.join()

    def _follow(self, ended: threading.Event) -> None:
        while True:
            was_last = ended.wait(0.005) and self._nothing_under_way()
            records = self._stream.read()
            self.history += records
            for record in filter(settings().matches, records):
                self._hand_out(record)
            if was_last and not records:
                return

    def _nothing_under_way(self) -> bool:
        with self._idle:
            return self._idle.wait_for(lambda: self._under_way == 0, 0.005)

    def _hand_out(self, record: Record) -> None:
        places = [hash(key_of(record)) % WORKERS]
        if self._random.random() < REPEATED:
            places.append(self._random.randrange(WORKERS))
        for place in places:
            with self._idle:
                self._under_way += 1
            self._queues[place].put(record)

    def _work(self, queue: SimpleQueue[Record | None]) -> None:
        while (record := queue.get()) is not None:
            self._handle(record)
            with self._idle:
                self._under_way -= 1
                self._idle.notify_all()

    def _handle(self, record: Record) -> None:
        item = image(record, "NewImage")
        assert item is not None
        is_link = item["type"] == "association"
        for attempt in count():
            try:
                orphans.check([item]) if is_link else worker.advance(cast("Shard", item))
            except Exception as error:  # noqa: BLE001 - whatever it is, the stream tries again
                if attempt == settings().retries:
                    self.failures.append(error)
                    return
            else:
                return
