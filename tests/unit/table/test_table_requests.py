"""What is sent to DynamoDB for each call to the table."""

import pytest

from provisioning.core.config import table_name
from provisioning.core.errors import ThrottledError
from provisioning.table import dynamodb, reads, writes
from provisioning.table.primary_keys import Key, KeyRange
from tests.support.table_calls import CALLS, ENCODED, ITEM, KEY
from tests.support.transport import Wire, answered


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


def test_a_range_is_read_no_further_than_to_the_attributes_that_it_names(wire: Wire) -> None:
    wire.then(answered(Items=[{"SK": {"S": "S"}, "name": {"S": "Shop"}}]))
    named: KeyRange = KeyRange("P", attributes=("name",))
    assert reads.query(named).items == [{"SK": "S", "name": "Shop"}]
    (_, sent) = wire.requests[0]
    names = sent["ExpressionAttributeNames"]
    assert {names[one] for one in sent["ProjectionExpression"].split(", ")} == {"SK", "name"}


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
