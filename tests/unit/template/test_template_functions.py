"""What functions may do, where they log, and their folders and sample events."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from local import template
from local.settings import PROJECT
from local.stack import Stack
from tests.support.template import (
    DEAD_CHANGES,
    DEAD_LETTERS,
    DEAD_SUBMISSIONS,
    FUNCTIONS,
    RESOURCES,
    SUBMISSIONS,
    Properties,
    routes,
)

TABLE = {"Fn::GetAtt": ["Table", "Arn"]}
STREAM = {"Fn::GetAtt": ["Table", "StreamArn"]}
INDEX = {"Fn::Sub": "${Table.Arn}/index/open"}
RESOLVED_SENDERS = {"Fn::GetAtt": ["ResolvedSendersQueue", "Arn"]}


def statements(function: str) -> list[Properties]:
    """What a function may do, by its own policy or by that of the role it is given."""
    properties = FUNCTIONS[function]
    if "Role" in properties:
        role = RESOURCES[properties["Role"]["Fn::GetAtt"][0]]["Properties"]
        return [
            statement
            for policy in role["Policies"]
            for statement in policy["PolicyDocument"]["Statement"]
        ]
    return [
        statement for policy in properties.get("Policies", ()) for statement in policy["Statement"]
    ]


def permissions(function: str) -> Iterator[tuple[str, Any]]:
    """Each action that a function may do, with the resource that it may do it to."""
    for statement in statements(function):
        actions = statement["Action"]
        for action in [actions] if isinstance(actions, str) else actions:
            yield action, statement["Resource"]


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_may_do_nothing_by_wildcard_and_nothing_to_other_tables(function: str) -> None:
    for action, resource in permissions(function):
        assert "*" not in action
        if action == "dynamodb:ListStreams":
            continue  # it has no resource-level permissions, and returns only names
        dead = (DEAD_LETTERS, DEAD_CHANGES, DEAD_SUBMISSIONS)
        assert resource in (TABLE, STREAM, INDEX, SUBMISSIONS, RESOLVED_SENDERS, *dead)


@pytest.mark.parametrize("function", FUNCTIONS)
def test_no_function_may_scan_or_manage_the_table(function: str) -> None:
    on_table = {action for action, resource in permissions(function) if resource == TABLE}
    assert on_table <= {
        f"dynamodb:{call}Item"
        for call in ("BatchGet", "BatchWrite", "ConditionCheck", "Delete", "Get", "Put", "Update")
    } | {"dynamodb:PartiQLUpdate", "dynamodb:Query"}


def test_only_the_two_functions_on_the_stream_may_read_it() -> None:
    readers = {
        function
        for function in FUNCTIONS
        if any(resource == STREAM for _, resource in permissions(function))
    }
    assert readers == {"Resets", "Changes"}


@pytest.mark.parametrize("function", ["Docs", "Console"])
def test_a_page_may_do_nothing(function: str) -> None:
    assert statements(function) == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_logs_to_a_group_that_forgets(function: str) -> None:
    group = FUNCTIONS[function]["LoggingConfig"]["LogGroup"]["Ref"]
    assert RESOURCES[group]["Properties"]["RetentionInDays"] == {"Ref": "LogRetentionDays"}


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_function_has_a_folder_and_sample_events(function: str) -> None:
    folder = (PROJECT / FUNCTIONS[function]["CodeUri"]).name
    assert (PROJECT / "functions" / folder / "app.py").is_file()
    assert list((PROJECT / "events" / folder).glob("*.json"))


def test_every_route_under_the_root_has_a_sample_event() -> None:
    samples = [json.loads(file.read_text()) for file in (PROJECT / "events").rglob("*.json")]
    sampled = {(event.get("httpMethod"), event.get("resource")) for event in samples}
    served = {(method, path) for _, method, path in routes() if "/provisioning/" in path}
    assert served <= sampled


@pytest.mark.parametrize("concurrency", [None, "50"])
def test_functions_that_a_request_keeps_busy_get_reserved_concurrency(
    concurrency: str | None,
) -> None:
    translated = template.load(PROJECT / "template.yaml", PROJECT / ".local" / "template.json")
    parameters = {"ReservedConcurrency": concurrency} if concurrency else {}
    resources = Stack(translated, PROJECT, parameters=parameters).resources
    slow = {"Applications", "Associations", "Entities", "Messages", "Senders"}
    for name in FUNCTIONS:
        reserved = resources[name]["Properties"].get("ReservedConcurrentExecutions")
        assert reserved == (concurrency if name in slow else None)
