"""Faults that come now and then: of calls to the table or the queue, and of the clock."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.support.call_faults import FAULTS, QUEUE_TRIES, late
from tests.support.chaos_place import Place
from tests.support.simulated_clock import follow_time
from tests.support.transport import Answer, Send, failed

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest, AWSResponse

QUEUE_FAULT, CLOCK_FAULT, LATE_FAULT = "queue refuses", "clock jumps", "slow"
EVERY_FAULT = sorted({*FAULTS, QUEUE_FAULT, CLOCK_FAULT, LATE_FAULT})
FAULTY_CALLS = 0.05
"""The share of calls at which a fault begins."""
JUMP_SECONDS = 900.0


def faulty(chance: random.Random, answer: Answer, times: int) -> Answer:
    """Return what answers calls: now and then the fault, for some calls, else the service."""
    left = 0

    def respond(request: "AWSPreparedRequest", send: Send) -> "AWSResponse":
        nonlocal left
        if left == 0 and chance.random() < FAULTY_CALLS:
            left = times
        if left:
            left -= 1
            return answer(request, send)
        return send(request)

    return respond


def slow(chance: random.Random) -> Answer:
    """Return what answers calls: some reach the table late, after the client's next call."""
    waiting: list[AWSPreparedRequest] = []
    begins = faulty(chance, late(waiting), 1)

    def respond(request: "AWSPreparedRequest", send: Send) -> "AWSResponse":
        held, waiting[:] = list(waiting), []
        answer = begins(request, send)
        for each in held:
            send(each)
        return answer

    return respond


@contextmanager
def faults(chance: random.Random, fault: str, place: Place) -> Iterator[None]:
    """Let calls to the table or the queue meet a fault now and then, or the clock jump."""
    with pytest.MonkeyPatch.context() as patch:
        place.skip_pauses(patch)
        if fault == QUEUE_FAULT:
            place.let_queue(patch, faulty(chance, failed("ThrottlingException"), QUEUE_TRIES))
        elif fault == CLOCK_FAULT:
            let_clock_jump(patch, chance)
        elif fault == LATE_FAULT:
            place.let_table(patch, slow(chance))
        else:
            place.let_table(patch, faulty(chance, *FAULTS[fault]))
        yield


def let_clock_jump(patch: pytest.MonkeyPatch, chance: random.Random) -> None:
    """Set the clock forth or back by up to a quarter of an hour at any look at it.

    Requests to AWS are signed by the same clock, and DynamoDB Local takes any.
    """
    real, offset = time.time, 0.0

    def jumping() -> float:
        nonlocal offset
        if chance.random() < FAULTY_CALLS:
            offset = chance.uniform(-JUMP_SECONDS, JUMP_SECONDS)
        return real() + offset

    patch.setattr("time.time", jumping)
    follow_time(patch)
