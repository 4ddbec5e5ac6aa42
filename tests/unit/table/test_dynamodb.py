"""The module that talks to DynamoDB: what it sends, and what it makes of everything that fails."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from provisioning.core.config import table_name
from provisioning.core.errors import ThrottledError, UnavailableError
from provisioning.table import dynamodb, items, reads, writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.primary_keys import Key, KeyRange
from tests.support.call_faults import TRIES
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

KEY = Key("P", "S")
ITEM = {"PK": "P", "SK": "S", "id": "shop"}
ENCODED = {"PK": {"S": "P"}, "SK": {"S": "S"}, "id": {"S": "shop"}}

CALLS: dict[str, Callable[[], object]] = {
    "get": lambda: reads.get(KEY),
    "get_many": lambda: reads.batch_get([KEY]),
    "query": lambda: reads.query(KeyRange("P")),
    "query_all": lambda: list(reads.query_all(KeyRange("P"))),
    "write": lambda: writes.execute(writes.create(ITEM)),
    "transact": lambda: writes.transact([writes.create(ITEM), writes.delete(KEY)]),
    "change_each": lambda: writes.update_each([writes.ItemUpdate(KEY, {"id": "shop"}, {})]),
}
EVERY_CALL = pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
THROTTLES = [
    failed("ProvisionedThroughputExceededException"),
    failed("ThrottlingException"),
    failed("RequestLimitExceeded"),
]


# --- values -------------------------------------------------------------------------------------

values = st.recursive(
    st.booleans() | st.integers(-(10**37), 10**37) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(min_size=1), inner),
    max_leaves=5,
)


@settings(max_examples=50)
@given(st.dictionaries(st.text(min_size=1), values, max_size=5))
def test_encoding_and_decoding_return_the_same_item(item: dict[str, Any]) -> None:
    assert items.decode(items.encode(item)) == item


def test_a_member_that_is_none_is_an_absent_attribute() -> None:
    assert items.encode({"id": "shop", "name": None}) == {"id": {"S": "shop"}}


def test_a_value_without_attribute_type_is_a_mistake() -> None:
    with pytest.raises(TypeError):
        items.encode({"id": 0.5})


# --- what is sent -------------------------------------------------------------------------------


def test_every_read_is_strongly_consistent(wire: Wire) -> None:
    wire.then(
        answered(),
        answered(Responses={}, UnprocessedKeys={}),
        answered(Items=[]),
        answered(Items=[]),
    )
    for name in ("get", "get_many", "query", "query_all"):
        CALLS[name]()
    get, batch, *queries = [parameters for _, parameters in wire.requests]
    assert all(part["ConsistentRead"] for part in (get, *batch["RequestItems"].values(), *queries))


def test_every_write_states_its_condition(wire: Wire) -> None:
    wire.always(answered())
    planned = [
        writes.create(ITEM),
        writes.replace(ITEM, id="old"),
        writes.update(KEY, {"name": "new"}),
        writes.delete(KEY),
        writes.check(KEY),
    ]
    writes.transact(planned)
    ((_, parameters),) = wire.requests
    for action in parameters["TransactItems"]:
        (written,) = action.values()
        assert "attribute_" in written["ConditionExpression"]
        assert written["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD"


def test_a_write_without_condition_replaces_any_item(wire: Wire) -> None:
    wire.then(answered())
    writes.execute(writes.put(ITEM))
    ((_, asked),) = wire.requests
    assert asked["Item"] == {**ENCODED, "format": {"N": "1"}}
    assert "ConditionExpression" not in asked


def test_a_check_passes_if_the_attribute_is_absent_or_lower(wire: Wire) -> None:
    wire.then(answered())
    writes.transact([writes.check_below(KEY, "at", "5")])
    ((_, asked),) = wire.requests
    (part,) = asked["TransactItems"]
    check = part["ConditionCheck"]
    assert check["ConditionExpression"] == "attribute_not_exists(#PK) OR #at < :bound"
    assert check["ExpressionAttributeValues"] == {":bound": {"S": "5"}}


def test_changes_are_made_one_by_one_in_calls_of_25(wire: Wire) -> None:
    refused = {"Error": {"Code": "ConditionalCheckFailed"}}
    wire.then(answered(Responses=[{}] * 24 + [refused]), answered(Responses=[{}, refused]))
    change = writes.ItemUpdate(KEY, {"last": "new", "n": 1}, {"last": "old", "gone": None})
    assert writes.update_each([change] * 27) == [True] * 24 + [False, True, False]
    assert [len(asked["Statements"]) for _, asked in wire.requests] == [25, 2]
    assert wire.requests[0][1]["Statements"][0] == {
        "Statement": (
            f'UPDATE "{table_name()}" SET "last" = ?, "n" = ? '
            'WHERE "PK" = ? AND "SK" = ? AND "last" = ? AND "gone" IS MISSING'
        ),
        "Parameters": [{"S": "new"}, {"N": "1"}, {"S": "P"}, {"S": "S"}, {"S": "old"}],
    }


def test_no_changes_are_no_call(wire: Wire) -> None:
    assert writes.update_each([]) == []


def test_a_transaction_may_be_tried_only_once(wire: Wire) -> None:
    wire.then(cancelled("TransactionConflict"))
    with pytest.raises(ThrottledError):
        writes.transact([writes.delete(KEY)], tries=1)


def test_attributes_never_meet_a_reserved_word(wire: Wire) -> None:
    wire.then(answered())
    writes.execute(writes.update(KEY, {"name": "n", "size": None}, type="t", status=None))
    ((_, parameters),) = wire.requests
    assert parameters["UpdateExpression"] == "SET #name = :to_name REMOVE #size"
    assert parameters["ConditionExpression"] == (
        "attribute_exists(#PK) AND #type = :is_type AND attribute_not_exists(#status)"
    )


def test_a_long_list_is_read_to_its_end(wire: Wire) -> None:
    wire.then(
        answered(Items=[ENCODED], LastEvaluatedKey={"PK": {"S": "P"}, "SK": {"S": "S"}}),
        answered(Items=[], LastEvaluatedKey={"PK": {"S": "P"}, "SK": {"S": "T"}}),
        answered(Items=[ENCODED]),
    )
    assert list(reads.query_all(KeyRange("P"))) == [ITEM, ITEM]
    starts = [parameters.get("ExclusiveStartKey") for _, parameters in wire.requests]
    assert [start and start["SK"]["S"] for start in starts] == [None, "S", "T"]


def test_many_items_are_read_in_calls_of_a_hundred(wire: Wire) -> None:
    wire.always(answered(Responses={}, UnprocessedKeys={}))
    assert reads.batch_get(Key("P", str(number)) for number in range(250)) == {}
    sizes = [
        len(request["Keys"])
        for _, parameters in wire.requests
        for request in parameters["RequestItems"].values()
    ]
    assert sizes == [100, 100, 50]


def test_an_item_wanted_twice_is_asked_for_once(wire: Wire) -> None:
    wire.then(answered(Responses={"no-table": [ENCODED]}, UnprocessedKeys={}))
    assert reads.batch_get([KEY, KEY]) == {KEY: ITEM}
    ((_, parameters),) = wire.requests
    assert len(parameters["RequestItems"]["no-table"]["Keys"]) == 1


def test_nothing_wanted_is_not_asked_for(wire: Wire) -> None:
    assert reads.batch_get([]) == {}
    assert wire.requests == []


def test_units_and_calls_are_counted(wire: Wire) -> None:
    dynamodb.usage.reset()
    wire.then(
        answered(ConsumedCapacity={"TableName": "t", "CapacityUnits": 0.5}),
        answered(
            ConsumedCapacity=[
                {"TableName": "t", "CapacityUnits": 4.0},
                {"TableName": "u", "CapacityUnits": 2.0},
            ]
        ),
    )
    CALLS["get"]()
    CALLS["transact"]()
    assert dynamodb.usage == dynamodb.Usage(calls=2, read_units=0.5, write_units=6.0)


# --- what is left unprocessed -------------------------------------------------------------------


def test_items_left_unprocessed_are_asked_for_again(wire: Wire, pauses: list[float]) -> None:
    left = {"no-table": {"Keys": [{"PK": {"S": "P"}, "SK": {"S": "S"}}], "ConsistentRead": True}}
    wire.then(
        answered(Responses={}, UnprocessedKeys=left),
        answered(Responses={"no-table": [ENCODED]}, UnprocessedKeys={}),
    )
    assert reads.batch_get([KEY]) == {KEY: ITEM}
    assert wire.requests[1][1]["RequestItems"] == left
    assert len(pauses) == 1


def test_items_left_unprocessed_for_ever_are_a_throttle(wire: Wire, pauses: list[float]) -> None:
    left = {"no-table": {"Keys": [{"PK": {"S": "P"}, "SK": {"S": "S"}}]}}
    wire.always(answered(Responses={}, UnprocessedKeys=left))
    with pytest.raises(ThrottledError):
        reads.batch_get([KEY])
    assert len(wire.requests) == dynamodb.CONFLICT_TRIES


def test_a_range_is_read_no_further_than_to_the_attributes_that_it_names(wire: Wire) -> None:
    wire.then(answered(Items=[{"SK": {"S": "S"}, "name": {"S": "Shop"}}]))
    named: KeyRange = KeyRange("P", attributes=("name",))
    assert reads.query(named).items == [{"SK": "S", "name": "Shop"}]
    (_, sent) = wire.requests[0]
    names = sent["ExpressionAttributeNames"]
    assert {names[one] for one in sent["ProjectionExpression"].split(", ")} == {"SK", "name"}


# --- what fails ---------------------------------------------------------------------------------


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


# --- conditions ---------------------------------------------------------------------------------


def test_a_write_whose_condition_fails_returns_the_current_item(wire: Wire) -> None:
    wire.then(failed("ConditionalCheckFailedException", Item=ENCODED))
    with pytest.raises(ConditionFailedError) as caught:
        CALLS["write"]()
    assert caught.value.found == {0: ITEM}


def test_a_write_whose_item_is_missing_returns_none(wire: Wire) -> None:
    wire.then(failed("ConditionalCheckFailedException"))
    with pytest.raises(ConditionFailedError) as caught:
        writes.execute(writes.delete(KEY))
    assert caught.value.found == {0: None}


def test_a_transaction_returns_the_conditions_that_failed(wire: Wire) -> None:
    wire.then(cancelled("None", {"Code": "ConditionalCheckFailed", "Item": ENCODED}))
    with pytest.raises(ConditionFailedError) as caught:
        CALLS["transact"]()
    assert caught.value.found == {1: ITEM}


def test_a_condition_that_fails_beside_a_conflict_is_asked_again(
    wire: Wire, pauses: list[float]
) -> None:
    condition = {"Code": "ConditionalCheckFailed", "Item": ENCODED}
    wire.then(cancelled("TransactionConflict", condition), cancelled(condition, condition))
    with pytest.raises(ConditionFailedError) as caught:
        CALLS["transact"]()
    assert caught.value.found == {0: ITEM, 1: ITEM}
