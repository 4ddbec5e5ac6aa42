"""What becomes of DynamoDB's failures: tries, pauses, errors and log."""

import re
from collections.abc import Callable

import pytest

from provisioning.core.errors import ThrottledError, UnavailableError
from provisioning.table import dynamodb, reads, writes
from tests.support.call_faults import TRIES
from tests.support.table_calls import CALLS, ENCODED, EVERY_CALL, ITEM, KEY
from tests.support.transport import (
    REQUEST_ID,
    Answer,
    Wire,
    answered,
    cancelled,
    failed,
    unanswered,
    unreachable,
)

THROTTLES = [
    failed("ProvisionedThroughputExceededException"),
    failed("ThrottlingException"),
    failed("RequestLimitExceeded"),
]


@EVERY_CALL
@pytest.mark.parametrize("throttle", THROTTLES)
def test_a_throttle_that_lasts_is_reported_after_bounded_tries(
    wire: Wire, call: Callable[[], object], throttle: Answer
) -> None:
    wire.always(throttle)
    with pytest.raises(ThrottledError):
        call()
    assert len(wire.requests) == TRIES


@EVERY_CALL
@pytest.mark.parametrize("fault", [failed("InternalServerError", 500), failed("X", 503)])
def test_a_failure_that_lasts_is_reported_after_bounded_tries(
    wire: Wire, call: Callable[[], object], fault: Answer
) -> None:
    wire.always(fault)
    with pytest.raises(UnavailableError):
        call()
    assert len(wire.requests) == TRIES


@EVERY_CALL
@pytest.mark.parametrize("fault", [unreachable, unanswered])
def test_a_broken_connection_is_reported_after_bounded_tries(
    wire: Wire, call: Callable[[], object], fault: Answer
) -> None:
    wire.always(fault)
    with pytest.raises(UnavailableError):
        call()
    assert len(wire.requests) == TRIES


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (failed("InternalServerError", 500), "InternalServerError (HTTP 500, request id {id})"),
        (
            failed("ProvisionedThroughputExceededException"),
            "ProvisionedThroughputExceededException (HTTP 400, request id {id})",
        ),
        (unreachable, "unreachable, EndpointConnectionError: Could not connect to the endpoint"),
        (unanswered, "unreachable, ReadTimeoutError: Read timeout on endpoint"),
    ],
)
def test_the_log_says_what_was_called_how_often_for_how_long_and_why_it_failed(
    wire: Wire, fault: Answer, why: str
) -> None:
    wire.always(fault)
    expected = re.escape(why.format(id=REQUEST_ID))
    with pytest.raises(
        (ThrottledError, UnavailableError),
        match=rf"^GetItem failed after {TRIES} attempts in \d+\.\d s: {expected}",
    ):
        reads.get(KEY)


def test_the_log_names_the_parts_of_a_transaction_that_failed(wire: Wire) -> None:
    wire.always(cancelled("None", "TransactionConflict"))
    expected = rf"after {dynamodb.CONFLICT_TRIES} attempts .*{REQUEST_ID}\): TransactionConflict$"
    with pytest.raises(ThrottledError, match=expected):
        CALLS["transact"]()


@EVERY_CALL
@pytest.mark.parametrize("code", ["ResourceNotFoundException", "AccessDeniedException", "Unheard"])
def test_an_error_that_no_retry_corrects_is_reported_at_once(
    wire: Wire, call: Callable[[], object], code: str
) -> None:
    wire.then(failed(code))
    with pytest.raises(UnavailableError):
        call()


@pytest.mark.parametrize(
    "fault",
    [*THROTTLES, failed("InternalServerError", 500), unreachable, unanswered],
)
def test_temporary_failures_are_not_noticed(wire: Wire, fault: Answer) -> None:
    wire.then(fault, fault, answered(Item=ENCODED))
    assert reads.get(KEY) == ITEM


@pytest.mark.parametrize(
    "conflict",
    [
        cancelled("None", "TransactionConflict"),
        cancelled("TransactionConflict", "TransactionConflict"),
        cancelled("ThrottlingError", "None"),
        cancelled("ProvisionedThroughputExceeded", "TransactionConflict"),
        failed("TransactionInProgressException"),
    ],
)
def test_a_transaction_in_conflict_is_tried_again_under_the_same_token(
    wire: Wire, pauses: list[float], conflict: Answer
) -> None:
    wire.then(conflict, conflict, answered())
    CALLS["transact"]()
    assert len({parameters["ClientRequestToken"] for _, parameters in wire.requests}) == 1
    assert len(pauses) == 2


def test_a_write_in_conflict_with_a_transaction_is_tried_again(
    wire: Wire, pauses: list[float]
) -> None:
    wire.then(failed("TransactionConflictException"), answered())
    CALLS["write"]()
    assert len(pauses) == 1


@pytest.mark.parametrize(
    ("name", "fault"),
    [
        ("transact", cancelled("TransactionConflict", "None")),
        ("transact", cancelled("None", "ThrottlingError")),
        ("write", failed("TransactionConflictException")),
    ],
)
def test_a_conflict_that_lasts_is_a_throttle_after_bounded_growing_pauses(
    wire: Wire, pauses: list[float], name: str, fault: Answer
) -> None:
    wire.always(fault)
    with pytest.raises(ThrottledError):
        CALLS[name]()
    assert len(wire.requests) == dynamodb.CONFLICT_TRIES
    assert all(pause <= 0.02 * 2**attempt for attempt, pause in enumerate(pauses))


@pytest.mark.parametrize("reason", ["ValidationError", "ItemCollectionSizeLimitExceeded"])
def test_a_transaction_that_can_never_succeed_is_not_tried_again(wire: Wire, reason: str) -> None:
    wire.then(cancelled("None", reason))
    with pytest.raises(UnavailableError):
        CALLS["transact"]()


def test_a_transaction_may_be_tried_only_once(wire: Wire) -> None:
    wire.then(cancelled("TransactionConflict"))
    with pytest.raises(ThrottledError):
        writes.transact([writes.delete(KEY)], tries=1)
