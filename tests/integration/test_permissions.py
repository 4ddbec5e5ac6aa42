"""What functions ask of DynamoDB, against what the template lets them do."""

import json
import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from functools import cache
from typing import Any

import pytest

from local import template
from local.settings import PROJECT
from provisioning.accounts import accounts, key_creation, principals
from provisioning.table import keys, operation_keys, page_index_keys
from tests.support.client import Context, load_function
from tests.support.transport import through_to_engine
from tools import runtime, samples

TRANSACTION_ACTIONS = {
    "ConditionCheck": "ConditionCheckItem",
    "Delete": "DeleteItem",
    "Put": "PutItem",
    "Update": "UpdateItem",
}

WRITES = {"BatchWriteItem", "DeleteItem", "PartiQLUpdate", "PutItem", "UpdateItem"}
MANAGED_POLICIES = {
    "AWSLambdaBasicExecutionRole",
    "AWSXRayDaemonWriteAccess",
    "AWSXrayWriteOnlyAccess",
}
LEADING_KEYS = "dynamodb:LeadingKeys"
ATTRIBUTES = "dynamodb:Attributes"
Asked = tuple[str, str | None, frozenset[str]]
"""An action, the partition (None: of an index) and the attributes that a request names."""


def calls_of(operation: str, parameters: dict[str, Any]) -> Iterator[Asked]:
    """The permissions that a call needs (AWS, "DynamoDB API permissions")."""
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
        named = {*part.get("Key", {}), *part.get("ExpressionAttributeNames", {}).values()}
        partitions: set[str | None] = {*partitions_of(part)}
        yield from ((action, each, frozenset(named)) for each in partitions or {None})


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


def covers(statement: dict[str, Any], asked: Asked) -> bool:
    """Whether a statement speaks of what is asked of the table."""
    action, partition, attributes = asked
    if f"dynamodb:{action}" not in actions_of(statement):
        return False
    conditions = conditions_of(statement)
    patterns = conditions.get(LEADING_KEYS)
    is_key_allowed = patterns is None or (
        partition is not None and any(fnmatchcase(partition, pattern) for pattern in patterns)
    )
    return is_key_allowed and attributes <= set(conditions.get(ATTRIBUTES, attributes))


def actions_of(statement: dict[str, Any]) -> list[str]:
    actions = statement["Action"]
    return [actions] if isinstance(actions, str) else actions


def conditions_of(statement: dict[str, Any]) -> dict[str, list[str]]:
    """The values that a statement allows by condition key. All of its conditions say "only these":
    another one would have to be understood here first.
    """
    found: dict[str, list[str]] = {}
    for operator, condition in statement.get("Condition", {}).items():
        ((key, values),) = condition.items()
        assert (operator, key) in {
            ("ForAllValues:StringLike", LEADING_KEYS),
            ("ForAllValues:StringEquals", ATTRIBUTES),
        }
        found[key] = values
    return found


def may(function: str, asked: Asked) -> bool:
    """Whether a function's role lets it do something."""
    return any(covers(statement, asked) for statement in transformed_statements()[function])


@cache
def transformed_statements() -> dict[str, list[dict[str, Any]]]:
    """Every statement of each function's role in the template as CloudFormation gets it."""
    translated = template.load(PROJECT / "template.yaml", PROJECT / ".local" / "template.json")
    resources = translated["Resources"]
    return {
        name: [
            statement
            for policy in role_of(resources, function).get("Policies", ())
            for statement in policy["PolicyDocument"]["Statement"]
        ]
        for name, function in resources.items()
        if function["Type"] == "AWS::Lambda::Function"
    }


def role_of(resources: dict[str, Any], function: dict[str, Any]) -> dict[str, Any]:
    """The properties of a function's role, whose managed policies give only logs and traces."""
    role = function["Properties"]["Role"]
    properties: dict[str, Any] = resources[role["Fn::GetAtt"][0]]["Properties"]
    managed = json.dumps(properties["ManagedPolicyArns"])
    assert set(re.findall(r":policy/(?:service-role/)?(\w+)", managed)) <= MANAGED_POLICIES
    return properties


@pytest.mark.usefixtures("table", "submission_queues")
def test_functions_ask_for_nothing_that_they_may_not_do(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: set[tuple[str, Asked]] = set()
    accounts.create("local")
    key_creation.create_key("local", principals.SCOPES, "local-key")
    wire = through_to_engine(monkeypatch)
    for name, expected in samples.ANSWERS:
        function = name.partition("/")[0]
        logical_id = "".join(word.capitalize() for word in function.split("_"))
        answer = load_function(function).handler(runtime.sample(name), Context())
        runtime.check(name, expected, answer)
        for operation, parameters in wire.requests:
            asked |= {(logical_id, call) for call in calls_of(operation, parameters)}
        wire.requests.clear()
    assert {call for call in asked if not may(*call)} == set()


@pytest.mark.parametrize("partition", ["SECRET#digest", "ACCOUNT#acme#APIKEY"])
def test_only_keys_may_put_or_change_a_key_or_its_secret(partition: str) -> None:
    able = {
        function
        for function in transformed_statements()
        for action in WRITES
        if may(function, (action, partition, frozenset({"PK", "SK", "scopes"})))
    }
    assert able == {"Keys"}


def test_other_functions_only_note_that_a_secret_is_in_use() -> None:
    for function in transformed_statements().keys() - {"Keys"}:
        for action in WRITES - {"UpdateItem"}:
            assert not may(function, (action, "SECRET#digest", frozenset()))
        for attribute in ("accountId", "keyId", "scopes", "platform", "limits", "expiresAt"):
            asked = frozenset({"PK", "SK", attribute})
            assert not may(function, ("UpdateItem", "SECRET#digest", asked))


def test_only_settings_may_change_an_account_and_nothing_of_it_but_its_choices() -> None:
    partition = "ACCOUNT#acme#SETTINGS"
    for function in transformed_statements():
        for action in WRITES:
            assert not may(function, (action, partition, frozenset({"PK", "SK", "limits"})))
            choices = may(function, (action, partition, frozenset({"PK", "SK", "onLinked"})))
            assert choices == ((function, action) == ("Settings", "UpdateItem"))


@pytest.mark.parametrize(
    "function", ["Applications", "Associations", "Changes", "Consistency", "Entities", "Resets"]
)
def test_who_counts_may_write_the_blocks_of_page_indexes_in_batches(function: str) -> None:
    blocks = page_index_keys.blocks(keys.associations("acme").partition, "", None).partition
    assert may(function, ("PartiQLUpdate", blocks, frozenset()))


def test_the_worker_may_let_shards_expire_in_batches() -> None:
    shards = operation_keys.shards("acme", "operation").partition
    assert may("Resets", ("PartiQLUpdate", shards, frozenset()))


@pytest.mark.parametrize("function", ["Changes", "Consistency"])
def test_who_records_changes_may_write_the_audit(function: str) -> None:
    for partition in ("ACCOUNT#acme#HISTORY#application#shop", "ACCOUNT#acme#TIMELINE0"):
        assert may(function, ("BatchWriteItem", partition, frozenset()))


def test_no_role_may_write_the_whole_table() -> None:
    writing = [
        (function, statement)
        for function, listed in transformed_statements().items()
        for statement in listed
        if WRITES & {action.removeprefix("dynamodb:") for action in actions_of(statement)}
    ]
    assert writing
    for function, statement in writing:
        patterns = conditions_of(statement)[LEADING_KEYS]
        for pattern in patterns:
            assert re.fullmatch(r"(SECRET#|ACCOUNT#\*#[A-Z]+)\*?", pattern), function


@pytest.mark.parametrize(
    "function", ["Audit", "Docs", "Console", "Limits", "Messages", "Resources"]
)
def test_who_only_reads_writes_nothing_but_what_every_request_does(function: str) -> None:
    for action in WRITES:
        for collection in ("APPLICATION", "ENTITY", "ASSOCIATION", "OPERATION", "STRATEGY"):
            asked = (action, f"ACCOUNT#acme#{collection}", frozenset({"PK", "SK"}))
            assert not may(function, asked)
