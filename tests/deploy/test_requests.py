"""A deployed stack answers requests, resets what a delete leaves, and reads its queue."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.support.emulator import Emulator, Stack, wait_for

ROOT = "/provisioning/1"
NUMBER = {"resourceType": "NUMBER", "channel": "SMS", "resourceId": "447700900123"}


def results(stack: Stack, key: str, path: str) -> list[dict[str, Any]]:
    answer = stack.call("GET", f"{ROOT}/{path}", key)
    assert answer.status_code == 200
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def test_the_tour_of_the_readme_works(stack: Stack, key: str) -> None:
    created = [
        stack.call("POST", f"{ROOT}/applications", key, {"applicationId": "shop"}),
        stack.call("POST", f"{ROOT}/entities", key, {"entityId": "customer-42"}),
        stack.call(
            "POST",
            f"{ROOT}/associations",
            key,
            {**NUMBER, "applicationId": "shop", "entityId": "customer-42"},
        ),
    ]
    assert [answer.status_code for answer in created] == [201, 201, 201]
    (linked,) = results(stack, key, "associations?entityId=customer-42")
    assert (linked["applicationId"], linked["resourceId"]) == ("shop", "447700900123")

    refused = stack.call("POST", f"{ROOT}/applications", key, {"applicationId": " "})
    error = refused.json()["requestError"]["serviceException"]
    assert (refused.status_code, error["messageId"]) == (400, "BAD_REQUEST")
    assert stack.call("GET", f"{ROOT}/applications").status_code == 401


def test_a_delete_resets_associations_and_an_undo_restores_them(stack: Stack, key: str) -> None:
    stack.call("POST", f"{ROOT}/entities", key, {"entityId": "leaving"})
    link = {**NUMBER, "resourceId": "1", "applicationId": "default", "entityId": "leaving"}
    stack.call("POST", f"{ROOT}/associations", key, link)

    assert stack.call("DELETE", f"{ROOT}/entities/leaving", key).status_code == 200
    (operation,) = wait_for(
        lambda: [each for each in results(stack, key, "operations") if each["state"] == "SUCCEEDED"]
    )
    reset = results(stack, key, "associations?resourceId=1")
    assert [association.get("entityId") for association in reset] == [None]

    undo = stack.call("POST", f"{ROOT}/operations/{operation['operationId']}/undo", key)
    assert undo.status_code == 202
    assert wait_for(lambda: results(stack, key, "associations?entityId=leaving"))


def test_a_submission_creates_its_entity_by_way_of_the_queue(stack: Stack, key: str) -> None:
    message = {"destinations": [{"to": "44"}], "options": {"platform": {"entityId": "newcomer"}}}
    sent = stack.call("POST", f"{ROOT}/messages", key, {"messages": [message]})
    assert sent.status_code == 202
    wait_for(lambda: stack.call("GET", f"{ROOT}/entities/newcomer", key).status_code == 200)


def test_schedules_invoke_their_functions(stack: Stack, aws: Emulator) -> None:
    targets = [
        target["Arn"]
        for rule in aws.client("events").list_rules()["Rules"]
        for target in aws.client("events").list_targets_by_rule(Rule=rule["Name"])["Targets"]
    ]
    for function in ("Watch", "Consistency"):
        alias = stack.physical(f"{function}Aliaslive")
        assert alias in targets
        answer = aws.client("lambda").invoke(FunctionName=alias, Payload=b"{}")
        assert "FunctionError" not in answer


def test_roles_are_checked_and_allow_every_function_its_calls(
    stack: Stack, key: str, aws: Emulator
) -> None:
    iam = aws.client("iam")
    iam.create_user(UserName="nobody")
    nobody = iam.create_access_key(UserName="nobody")["AccessKey"]
    table = aws.client(
        "dynamodb",
        aws_access_key_id=nobody["AccessKeyId"],
        aws_secret_access_key=nobody["SecretAccessKey"],
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        table.scan(TableName=stack.outputs["TableName"])

    for path in ("applications", "entities", "associations", "operations", "api-keys", "audit"):
        results(stack, key, path)
    for path in ("limits", "settings"):
        assert stack.call("GET", f"{ROOT}/{path}", key).status_code == 200
    assert "AccessDenied" not in aws.log.read_text()
