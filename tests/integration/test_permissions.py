"""What functions ask of DynamoDB, against what the template lets them do."""

from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest

from provisioning.accounts import accounts, key_creation, principals
from provisioning.table import keys, operation_keys, page_index_keys
from tests.support.client import Context, load_function
from tests.support.transport import through_to_engine
from tests.unit.test_template import statements
from tools import runtime, samples

TRANSACTION_ACTIONS = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}

WRITES = {"BatchWriteItem", "DeleteItem", "PartiQLUpdate", "PutItem", "UpdateItem"}


def calls_of(operation: str, parameters: dict[str, Any]) -> Iterator[tuple[str, str | None]]:
    """The permissions that a call needs (AWS, "DynamoDB API permissions"), with the partitions."""
    parts: list[tuple[str, Any]] = [(operation, parameters)]
    if operation == "TransactWriteItems":
        parts = [
            (TRANSACTION_ACTIONS[kind], write)
            for part in parameters["TransactItems"]
            for kind, write in part.items()
        ]
    elif operation == "BatchExecuteStatement":
        parts = [
            (f"PartiQL{part['Statement'].split()[0].title()}", part)
            for part in parameters["Statements"]
        ]
    for action, part in parts:
        partitions: set[str | None] = {*partitions_of(part)}
        yield from ((action, partition) for partition in partitions or {None})


def partitions_of(document: Any) -> Iterator[str]:
    """Every partition key in a part of a call."""
    if isinstance(document, list):
        for element in document:
            yield from partitions_of(element)
    elif isinstance(document, dict):
        for name, value in document.items():
            if name == "S" and value.startswith(("ACCOUNT#", "SECRET#")):
                yield value
            else:
                yield from partitions_of(value)


def covers(statement: dict[str, Any], action: str, partition: str | None) -> bool:
    """Whether a statement speaks of an action on a partition (None: of an index) of the table."""
    actions = statement["Action"]
    if f"dynamodb:{action}" not in ([actions] if isinstance(actions, str) else actions):
        return False
    if "Condition" not in statement:
        return True
    ((_, keys),) = statement["Condition"].items()
    patterns = keys["dynamodb:LeadingKeys"]
    return partition is not None and any(fnmatchcase(partition, pattern) for pattern in patterns)


def may(function: str, action: str, partition: str | None) -> bool:
    """Whether a function's role lets it do something: allowed somewhere, and nowhere denied."""
    effects = {
        statement["Effect"]
        for statement in statements(function)
        if covers(statement, action, partition)
    }
    return effects == {"Allow"}


@pytest.mark.usefixtures("table", "submission_queues")
def test_functions_ask_for_nothing_that_they_may_not_do(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[tuple[str, str, str | None]] = set()
    accounts.create("local")
    key_creation.create_key("local", principals.SCOPES, "local-key")
    wire = through_to_engine(monkeypatch)
    for name, expected in samples.ANSWERS:
        function = name.partition("/")[0]
        logical_id = "".join(word.capitalize() for word in function.split("_"))
        answer = load_function(function).handler(runtime.sample(name), Context())
        runtime.check(name, expected, answer)
        for operation, parameters in wire.requests:
            calls = calls_of(operation, parameters)
            asked |= {(logical_id, action, partition) for action, partition in calls}
        wire.requests.clear()
    assert {call for call in asked if not may(*call)} == set()


@pytest.mark.parametrize("function", ["Audit", "Limits", "Resets", "Submissions"])
@pytest.mark.parametrize("partition", ["ACCOUNT#acme#APIKEY", "ACCOUNT#acme#SETTINGS"])
def test_roles_that_do_not_need_keys_and_accounts_may_not_change_them(
    function: str, partition: str
) -> None:
    assert not any(may(function, action, partition) for action in WRITES)


@pytest.mark.parametrize(
    "function", ["Applications", "Associations", "Changes", "Consistency", "Entities", "Resets"]
)
def test_who_counts_may_write_the_blocks_of_page_indexes_in_batches(function: str) -> None:
    blocks = page_index_keys.blocks(keys.associations("acme").partition, "", None).partition
    assert may(function, "PartiQLUpdate", blocks)


def test_the_worker_may_let_shards_expire_in_batches() -> None:
    assert may("Resets", "PartiQLUpdate", operation_keys.shards("acme", "operation").partition)


@pytest.mark.parametrize("function", ["Changes", "Resets", "Submissions"])
def test_no_function_behind_the_stream_or_a_queue_may_make_a_secret(function: str) -> None:
    assert not any(may(function, action, "SECRET#digest") for action in WRITES)
