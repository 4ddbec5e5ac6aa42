"""Runs the event sources that are streams of the table."""

import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from local.functions import Functions
from local.resources import EventSource
from local.streams.checkpoints import Checkpoints
from local.streams.client import StreamsClient
from local.streams.consumer import Consumer
from local.streams.delivery import Delivery, Destination
from local.streams.settings import StreamSettings


@dataclass
class StreamMappings:
    """Consumers of a stream, each in a thread.

    Attributes:
        endpoint: Base URL of the engine.
        stream: ARN of the table's stream.
        checkpoints: Folder of the saved positions; kept in memory only if None.
        give_up: Sends a document to the queue with an ARN.
        note: Shows a message.
    """

    endpoint: str
    stream: str
    checkpoints: Path | None
    functions: Functions
    give_up: Destination
    note: Callable[[str], None]
    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self, sources: Iterable[EventSource]) -> None:
        """Follow the stream for each event source.

        Raises:
            LocalError: A setting is invalid or not supported.
        """
        for source in sources:
            thread = threading.Thread(target=self._consumer(source).run, daemon=True)
            self._threads.append(thread)
            thread.start()

    def stop(self) -> None:
        """Save positions and end; the next run delivers unfinished batches again."""
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _consumer(self, source: EventSource) -> Consumer:
        settings = StreamSettings.read(source.settings)
        invoke = partial(self.functions.invoke, source.function)
        give_up = partial(self._give_up, source.function)
        path = self.checkpoints / f"{source.logical_id}.json" if self.checkpoints else None
        return Consumer(
            StreamsClient(self.endpoint),
            Delivery(settings, invoke, give_up, self._stopping),
            ThreadPoolExecutor(settings.lanes, source.logical_id),
            self.stream,
            self.functions.function(source.function).arn,
            Checkpoints(path, self.stream),
            self.note,
        )

    def _give_up(self, function: str, queue: str, document: str) -> None:
        self.note(f"{function} gave up records: {document}")
        self.give_up(queue, document)
