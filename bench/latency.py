"""How far totals are behind on a table that answers as fast as DynamoDB: a part of suite ``lag``.

DynamoDB Local carries out some 200 transactions a second on two cores, and they wait for one
another. So that the follower is measured, not the engine, it works here on the table in memory of
the tests. Calls take as long as DynamoDB's usually do, any number of them at once, and records are
delivered as Lambda does, with the settings of template.yaml.
"""

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, cast
from unittest.mock import patch

from bench.beside import beside
from local import template
from local.settings import PROJECT
from local.stack import Stack
from local.streams.delivery import Delivery, Record, Source, created
from local.streams.reader import ShardReader
from local.streams.settings import StreamSettings
from local.worker import Answer
from provisioning.aws import clients
from provisioning.core.log import logger
from provisioning.paging import pages
from provisioning.table import keys
from tests.support.client import Context
from tests.support.memory import Memory
from tools import functions

if TYPE_CHECKING:
    from local.streams.client import StreamsClient

FUNCTION: Final = "Changes"
CALL_SECONDS: Final = 0.008
"""How long a call takes: AWS promises "single-digit millisecond" latency."""
HEAVY_SECONDS: Final[Mapping[str, float]] = {
    "TransactWriteItems": 0.02,
    "BatchExecuteStatement": 0.02,
    "BatchWriteItem": 0.016,
    "BatchGetItem": 0.012,
}
"""How long calls take that read or write several items."""
STREAM_SECONDS: Final = 0.3
"""How long after a change its record can be read."""
POLL_SECONDS: Final = 0.25
"""Lambda looks for records four times a second."""


class Table:
    """A table in memory whose calls take their time; what ``local.streams`` reads as a stream.

    Attributes:
        is_slow: Whether calls take their time.
        failure: What ended the follower; calls fail with it, so that nothing waits for totals.
    """

    def __init__(self) -> None:
        """Begin with an empty table that takes no time."""
        self.is_slow = False
        self.failure: Exception | None = None
        self._memory = Memory()
        self._coming: deque[Record] = deque()
        self._lock = threading.Lock()

    def call(self, _client: object, operation: str, parameters: Mapping[str, Any]) -> Any:
        """Carry out an operation, as ``clients.call`` does, half-way through its time."""
        if self.failure:
            raise self.failure
        seconds = HEAVY_SECONDS.get(operation, CALL_SECONDS) if self.is_slow else 0.0
        time.sleep(seconds / 2)
        with self._lock:
            answer = self._memory.call(operation, parameters)
        time.sleep(seconds / 2)
        return answer

    def iterator(self, _stream: str, _shard: str, _after: str | None = None) -> str:
        """Return the place of the next record."""
        return "next"

    def records(self, iterator: str) -> tuple[list[Record], str]:
        """Return the records that can be read now, and where the next ones are."""
        with self._lock:
            self._coming.extend(self._memory.stream)
            self._memory.stream = []
        latest, found = time.time() - STREAM_SECONDS, list[Record]()
        while self._coming and created(self._coming[0]) <= latest:
            found.append(self._coming.popleft())
        return found, iterator


@contextmanager
def followed() -> Iterator[Table]:
    """Let the domain package use a table in memory, which is followed, for a with block."""
    logger.setLevel("WARNING")
    table, source = Table(), Source("memory", "0", FUNCTION)
    stream = cast("StreamsClient", table)
    with patch.object(clients, "call", table.call), ThreadPoolExecutor() as lanes:

        def follow(ended: threading.Event) -> None:
            try:
                reader = ShardReader(stream, _delivery(ended), lanes, source, None)
                while not ended.wait(POLL_SECONDS):
                    reader.poll()
            except Exception as error:  # noqa: BLE001 - it is raised where the block ends
                table.failure = error

        try:
            with beside(follow):
                yield table
        finally:
            if table.failure:
                raise table.failure


def totals(account_id: str) -> list[int]:
    """Return the totals of an account's three lists of associations."""
    lists = (
        keys.associations(account_id),
        keys.all_entity_links(account_id),
        keys.resource_links(account_id, "NUMBER"),
    )
    return [pages.total([listed]) for listed in lists]


def _delivery(ended: threading.Event) -> Delivery:
    """Return what delivers records to the follower as Lambda would."""
    stack = Stack(template.load(PROJECT / "template.yaml"), PROJECT)
    source = next(one for one in stack.streams if one.function == FUNCTION)
    return Delivery(StreamSettings.read(source.settings), _invoked(), _give_up, ended)


def _invoked() -> Callable[[bytes], Answer]:
    handler = functions.load("changes").handler

    def invoke(event: bytes) -> Answer:
        try:
            result = handler(json.loads(event), Context())
        except Exception as error:  # noqa: BLE001 - what Lambda makes of any
            return Answer.failure(type(error).__name__, str(error))
        return Answer(json.dumps(result).encode())

    return invoke


def _give_up(_queue: str, document: str) -> None:
    message = f"records were given up: {document}"
    raise RuntimeError(message)
