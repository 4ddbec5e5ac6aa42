"""AWS in memory: a table and a queue behind ``clients.call``, with faults on the way to them.

It tries again what botocore would, so that a fault means the same as on the wire to the engine
(``tests.support.transport``): the caller sees an error only after that many tries.
"""

import json
import random
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from provisioning.aws import bounds, clients
from provisioning.aws.clients import ServiceError, UnreachableError
from provisioning.table.items import Item
from tests.support.call_faults import QUEUE_TRIES, TRIES
from tests.support.memory import Memory
from tests.support.memory_queue import MemoryQueue
from tests.support.paces import forget_paces
from tests.support.simulated_clock import SimulatedClock
from tests.support.stream import Record
from tests.support.transport import Answer, passed

CALL_SECONDS = 0.0005
"""How long each try of a call takes: so short that several share a millisecond."""
_FAILURE = 500
"""The lowest HTTP status of a failure of the service itself."""


class _Request(AWSPreparedRequest):
    """A call, in the form in which faults look at it."""

    def __init__(self, operation: str, parameters: Mapping[str, Any]) -> None:
        headers = HTTPHeaders.from_dict({"X-Amz-Target": f"DynamoDB_20120810.{operation}".encode()})
        super().__init__("POST", "memory://", headers, b"", stream_output=False)
        self.operation = operation
        self.parameters = parameters


class _Response(AWSResponse):
    """What became of a call: a document, or a refusal."""

    def __init__(self, document: Any, refusal: ServiceError | None = None) -> None:
        super().__init__("memory://", 200, HTTPHeaders(), None)
        self.document = document
        self.refusal = refusal


class MemoryPlace:
    """A table and the queue of submissions.

    Attributes:
        memory: The table.
        queue: The queue.
        clock: The time, which calls take.
    """

    def __init__(self) -> None:
        """Begin with an empty table and an empty queue."""
        self.clock = SimulatedClock()
        self.memory = Memory()
        self.queue = MemoryQueue()
        self._answers: dict[str, Answer] = {"table": passed, "queue": passed}

    def call(self, _client: object, operation: str, parameters: Mapping[str, Any]) -> Any:
        """Carry out an operation, as ``clients.call`` does."""
        to_queue = operation in self.queue.operations
        answer = self._answers["queue" if to_queue else "table"]
        request = _Request(operation, dict(parameters))
        problem: Exception = AssertionError("no try")
        for attempt in range(1, (QUEUE_TRIES if to_queue else TRIES) + 1):
            self.clock.pause(CALL_SECONDS)
            try:
                return _result(answer(request, self._send))
            except EndpointConnectionError as error:
                problem = UnreachableError(str(error), attempt)
            except ReadTimeoutError as error:
                self.clock.pause(bounds.READ_SECONDS)
                problem = UnreachableError(str(error), attempt)
            except ServiceError as error:
                if error.status < _FAILURE and error.code not in clients.THROTTLES:
                    raise
                problem = error
            if bounds.seconds_left() <= 0:
                break
        raise problem

    def _send(self, request: AWSPreparedRequest) -> AWSResponse:
        assert isinstance(request, _Request)
        carry_out = self.queue.operations.get(request.operation)
        try:
            if carry_out is not None:
                return _Response(carry_out(request.parameters))
            return _Response(self.memory.call(request.operation, request.parameters))
        except ServiceError as refusal:
            return _Response(None, refusal)

    # --- what a course of chaos asks for ---------------------------------------------------------

    def read(self) -> list[Record]:
        """Return stream records that have come since the last call, in order; none at the end."""
        records, self.memory.stream = self.memory.stream, []
        return records

    def items(self) -> Iterator[Item]:
        """Yield every item of the table."""
        return self.memory.everything()

    def skip_pauses(self, patch: pytest.MonkeyPatch) -> None:
        """Let the code under test pause without waiting: here it never waits."""

    def let_table(self, patch: pytest.MonkeyPatch, answer: Answer) -> None:
        """Let all calls to the table be answered in one way."""
        patch.setitem(self._answers, "table", answer)

    def let_queue(self, patch: pytest.MonkeyPatch, answer: Answer) -> None:
        """Let all calls to the queue be answered in one way."""
        patch.setitem(self._answers, "queue", answer)


def _result(response: AWSResponse) -> Any:
    """Return the document of a response; raise its refusal, or the error that a fault made up."""
    if isinstance(response, _Response):
        if response.refusal is not None:
            raise response.refusal
        return response.document
    document = json.loads(response.content)
    raise ServiceError(response.status_code, document["__type"].rpartition("#")[2], document)


class _ThisThread(Executor):
    """Makes calls one after the other, so that the same seed leads to the same course."""

    def __init__(self, _threads: int) -> None:
        """Take a number of threads, of which none is needed."""

    def submit(self, call: Callable[..., Any], /, *given: Any, **named: Any) -> "Future[Any]":
        """Make a call."""
        future: Future[Any] = Future()
        try:
            future.set_result(call(*given, **named))
        except BaseException as error:  # noqa: BLE001 - raised where its result is asked for
            future.set_exception(error)
        return future


@contextmanager
def in_memory(seed: str) -> Iterator[MemoryPlace]:
    """Let the code under test use a table and a queue in memory, a clock and chance of their own.

    The same seed leads to the same course of events (if ``PYTHONHASHSEED`` is the same too).
    """
    place, chance = MemoryPlace(), random.Random(seed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clients, "call", place.call)
        patch.setattr("concurrent.futures.ThreadPoolExecutor", _ThisThread)
        patch.setattr("secrets.token_hex", lambda count: chance.randbytes(count).hex())
        patch.setattr("secrets.randbits", chance.getrandbits)
        patch.setattr("secrets.choice", chance.choice)
        patch.setattr("uuid.uuid4", lambda: UUID(int=chance.getrandbits(128), version=4))
        for module in ("table.dynamodb", "paging.recount"):
            patch.setattr(f"provisioning.{module}._random", chance)
        for queue in ("SUBMISSIONS", "DEAD_SUBMISSIONS", "RESOLVED_SENDERS"):
            patch.setenv(f"{queue}_URL", f"memory://{queue.lower()}")
        place.clock.install(patch)
        forget_paces(patch)
        yield place
