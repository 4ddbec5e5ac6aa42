"""What can go wrong with a call to DynamoDB, for tests that cut operations off."""

from dataclasses import dataclass
from typing import Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from tests.support.transport import (
    Answer,
    Send,
    cancelled,
    carried_out_but,
    failed,
    passed,
    unanswered,
    unreachable,
)


class KilledError(BaseException):
    """The process ends at this call."""


class ViolationError(BaseException):
    """A write that its actor may not make; a BaseException, so that no error handler hides it."""


def killed_before(request: AWSPreparedRequest, _: Send) -> AWSResponse:
    """End the process before it sends the request."""
    raise KilledError


def late(waiting: "list[AWSPreparedRequest]") -> Answer:
    """Let a request reach the table only after the client has given up waiting and tried again."""

    def answer(request: AWSPreparedRequest, send: Send) -> AWSResponse:
        waiting.append(request)
        return unanswered(request, send)

    return answer


def in_transactions(answer: Answer) -> Answer:
    """Apply a fault to transactions only; other requests succeed."""

    def checked(request: AWSPreparedRequest, send: Send) -> AWSResponse:
        return answer(request, send) if operation_of(request) in TRANSACTIONS else send(request)

    return checked


TRANSACTIONS = {"TransactWriteItems"}
TRIES = 4
"""botocore's tries of a call to DynamoDB that fails."""
QUEUE_TRIES = 3
"""botocore's tries of a call to SQS that fails."""

FAULTS: dict[str, tuple[Answer, int]] = {
    "killed before": (killed_before, 1),
    "killed after": (carried_out_but(killed_before), 1),
    "unreachable": (unreachable, TRIES),
    "response lost once": (carried_out_but(unanswered), 1),
    "every response lost": (carried_out_but(unanswered), TRIES),
    "conflict": (in_transactions(cancelled("TransactionConflict")), 1),
    "conflicts without end": (in_transactions(cancelled("TransactionConflict")), 7),
    "throughput exceeded": (failed("ProvisionedThroughputExceededException"), 1),
    "throughput exceeded for long": (
        failed("ProvisionedThroughputExceededException"),
        TRIES,
    ),
    "throttled for long": (failed("ThrottlingException"), TRIES),
    "a part throttled": (in_transactions(cancelled("None", "ThrottlingError")), 1),
    "failing for long": (failed("InternalServerError", 500), TRIES),
}
"""What happens to a call, and to how many after it, so that the client's retries fail too."""


@dataclass
class Trouble:
    """A fault of some of the next calls.

    Attributes:
        at: How many calls go through before.
        answer: What becomes of the calls then.
        times: How many calls it concerns.
        calls: How many calls there were so far.
    """

    at: int
    answer: Answer = passed
    times: int = 1
    calls: int = 0

    @property
    def met(self) -> bool:
        """Whether it has happened."""
        return self.calls > self.at

    def next(self) -> Answer:
        """Return what happens to the next call."""
        number, self.calls = self.calls, self.calls + 1
        return self.answer if self.at <= number < self.at + self.times else passed

    @classmethod
    def of(cls, at: int, fault: str) -> "Trouble":
        """Return one of ``FAULTS``."""
        answer, times = FAULTS[fault]
        return cls(at, answer, times)


def operation_of(request: AWSPreparedRequest) -> str:
    """Return the DynamoDB operation of a request."""
    target: Any = request.headers["X-Amz-Target"]
    return str(target.decode()).rpartition(".")[2]
