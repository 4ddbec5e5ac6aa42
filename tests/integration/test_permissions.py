"""What functions ask of DynamoDB, against what the template lets them do."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from provisioning import accounts
from tests.support.client import Context, load_function
from tests.support.transport import through_to_engine
from tests.unit.test_template import permissions
from tools import runtime

TRANSACTION_ACTIONS = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}


def actions_of(operation: str, parameters: dict[str, Any]) -> Iterator[str]:
    """The permissions that a call needs (AWS, "DynamoDB API permissions")."""
    if operation == "TransactWriteItems":
        for part in parameters["TransactItems"]:
            yield from (TRANSACTION_ACTIONS[kind] for kind in part)
    elif operation == "BatchExecuteStatement":
        yield from (
            f"PartiQL{part['Statement'].split()[0].title()}" for part in parameters["Statements"]
        )
    else:
        yield operation


@pytest.mark.usefixtures("table", "submission_queues")
def test_functions_ask_for_nothing_that_they_may_not_do(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, set[str]] = defaultdict(set)
    accounts.create_account("local")
    accounts.create_key("local", accounts.SCOPES, "local-key")
    wire = through_to_engine(monkeypatch)
    for name, expected in runtime.ANSWERS:
        function = name.partition("/")[0]
        answer = load_function(function).handler(runtime.sample(name), Context())
        runtime.check(name, expected, answer)
        for operation, parameters in wire.requests:
            asked[function].update(f"dynamodb:{name}" for name in actions_of(operation, parameters))
        wire.requests.clear()
    for function, actions in asked.items():
        assert actions <= {action for action, _ in permissions(function.capitalize())}, function
