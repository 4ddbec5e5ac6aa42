"""Writes whose conditions fail."""

import pytest

from provisioning.table import writes
from provisioning.table.dynamodb import ConditionFailedError
from tests.support.table_calls import CALLS, ENCODED, ITEM, KEY
from tests.support.transport import Wire, cancelled, failed


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
