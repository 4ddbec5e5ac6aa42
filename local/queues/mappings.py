"""Runs the event sources that are queues."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

from botocore.exceptions import BotoCoreError, ClientError

from local.functions import Functions
from local.queues.poller import RETRY_SECONDS, QueuePoller, url_of
from local.resources import EventSource

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_POLLERS: Final = 2
"""How many batches of a queue are processed concurrently; Lambda begins with five."""


@dataclass
class QueueMappings:
    """Pollers of queues, each in a thread, and a sender; `note` shows a message."""

    sqs: "SQSClient"
    functions: Functions
    note: Callable[[str], None]
    _stopping: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    def start(self, sources: Iterable[EventSource]) -> None:
        """Poll for each event source.

        Raises:
            LocalError: An event source has a feature that is not supported.
        """
        for source in sources:
            invoke = partial(self.functions.invoke, source.function)
            for _ in range(_POLLERS):
                poller = QueuePoller(self.sqs, source, invoke, self.note, self._stopping)
                self._threads.append(threading.Thread(target=poller.run, daemon=True))
                self._threads[-1].start()

    def stop(self) -> None:
        """Receive nothing more; messages in progress become visible again."""
        self._stopping.set()

    def join(self) -> None:
        """Wait until the pollers have ended, at most for one long poll."""
        for thread in self._threads:
            thread.join()
        self.sqs.close()

    def send(self, queue: str, body: str) -> None:
        """Send a message to the queue with an ARN, until it is accepted or the system ends."""
        while not self._stopping.is_set():
            try:
                self.sqs.send_message(QueueUrl=url_of(self.sqs, queue), MessageBody=body)
            except (BotoCoreError, ClientError) as error:
                self.note(f"cannot send to {queue}: {error}")
                self._stopping.wait(RETRY_SECONDS)
            else:
                return
