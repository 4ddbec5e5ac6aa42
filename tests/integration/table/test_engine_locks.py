"""The tests' patience with the locks of DynamoDB Local."""

import pytest

from provisioning.table import dynamodb
from tests.support.transport import failed, through_to_engine

LOCKED = (
    "This action timed out because it too long waiting for a lock. "
    "This request will succeed in actual DynamoDB API"
)


def test_a_write_that_the_engine_keeps_locked_out_is_tried_until_it_succeeds(
    table: str, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    wire = through_to_engine(monkeypatch)
    wire.then(*[failed("InternalServerError", 500, message=LOCKED)] * 20)
    item = {"PK": {"S": "ACCOUNT#acme"}, "SK": {"S": "some"}}
    dynamodb.call("PutItem", TableName=table, Item=item)
    wire.then(*[failed("InternalServerError", 500, message=LOCKED)] * 5)
    assert dynamodb.call("GetItem", TableName=table, Key=item)["Item"] == item
    assert len(wire.operations) == 27
    assert len(pauses) == 25
