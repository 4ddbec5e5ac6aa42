"""Runs what invokes the functions of a stack: the table's stream, the queues, the schedules."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from local import schedules
from local.functions import Functions
from local.queues.poller import RETRY_SECONDS, QueuePoller, url_of
from local.resources import EventSource, Function
from local.stack import Stack
from local.streams.client import StreamsClient
from local.streams.consumer import Checkpoints, Consumer
from local.streams.delivery import Delivery
from local.streams.settings import StreamSettings

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_POLLERS: Final = 2
"""How many batches of a queue are processed concurrently; Lambda begins with five."""


@dataclass
class EventSources:
    """Consumers of the stream, pollers of queues and schedules, each in a thread.

    Attributes:
        endpoint: Base URL of the engine.
        stream: ARN of the table's stream.
        checkpoints: Folder of the saved positions; kept in memory only if None.
    """

    functions: Functions
    sqs: "SQSClient"
    endpoint: str
    stream: str
    checkpoints: Path | None
    note: Callable[[str], None]
    _stopping: threading.Event = field(default_factory=threading.Event)
    _consumers: list[threading.Thread] = field(default_factory=list)
    _pollers: list[threading.Thread] = field(default_factory=list)

    def start(self, stack: Stack) -> None:
        """Start all of a stack; each schedule is due for the first time after one interval.

        Raises:
            LocalError: A setting is invalid or not supported.
        """
        self._consumers += [
            _started(self._consumer(source, stack.functions[source.function]).run)
            for source in stack.streams
        ]
        for schedule in stack.schedules:
            invoke = partial(self.functions.invoke, schedule.function)
            seconds = schedules.interval(schedule.expression)
            _started(partial(schedules.run, schedule, seconds, invoke, self._stopping))
        for source in stack.queue_sources:
            invoke = partial(self.functions.invoke, source.function)
            for _ in range(_POLLERS):
                poller = QueuePoller(self.sqs, source, invoke, self.note, self._stopping)
                self._pollers.append(_started(poller.run))

    def stop(self) -> None:
        """Save positions and invoke nothing more; unfinished batches are delivered again later."""
        self._stopping.set()
        for thread in self._consumers:
            thread.join()

    def join(self) -> None:
        """Wait until the pollers have ended too, at most for one long poll and invocation."""
        for thread in self._pollers:
            thread.join()

    def _consumer(self, source: EventSource, function: Function) -> Consumer:
        settings = StreamSettings.read(source.settings)
        invoke = partial(self.functions.invoke, source.function)
        give_up = partial(self._give_up, source.function)
        path = self.checkpoints / f"{source.logical_id}.json" if self.checkpoints else None
        return Consumer(
            StreamsClient(self.endpoint),
            Delivery(settings, invoke, give_up, self._stopping),
            ThreadPoolExecutor(settings.lanes),
            self.stream,
            function.arn,
            Checkpoints(path, self.stream),
            self.note,
        )

    def _give_up(self, function: str, queue: str, document: str) -> None:
        """Send a document to the queue with an ARN, until it is accepted or the system ends."""
        self.note(f"{function} gave up records: {document}")
        while not self._stopping.is_set():
            try:
                self.sqs.send_message(QueueUrl=url_of(self.sqs, queue), MessageBody=document)
            except (BotoCoreError, ClientError) as error:
                self.note(f"cannot send to {queue}: {error}")
                self._stopping.wait(RETRY_SECONDS)
            else:
                return


def _started(run: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread
