"""A stack is changed in place, rolled back and deleted, and keeps what it should."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import requests

from local.settings import PROJECT
from tests.support import emulator
from tests.support.emulator import Emulator, Stack

ROOT = "/provisioning/1"
CERTIFICATE = "arn:aws:acm:eu-central-1:000000000000:certificate/0b1d5a52"
DOMAIN = "api.example.com"
ORIGIN = "https://shop.example.com"
BROKEN = {
    "Type": "AWS::SQS::Queue",
    "DependsOn": ["ApiAccount", "Table"],
    "DeletionPolicy": "Delete",
    "UpdateReplacePolicy": "Delete",
    "Properties": {"MessageRetentionPeriod": 1},
}
"""A queue that cannot be created: SQS keeps messages for a minute at least."""


@pytest.fixture(scope="module")
def changing(built: Path, aws: Emulator) -> Stack:
    """A stack that these tests change."""
    stack = Stack(aws, "changing")
    parameters = {
        "ApiGatewayLogRole": "existing",
        "BasePath": "aem",
        "CertificateArn": CERTIFICATE,
        "DomainName": DOMAIN,
        "TableDeletionProtection": "false",
    }
    done = stack.deploy(emulator.adapted(built, aws, "changing.json"), **parameters)
    assert done.returncode == 0, done.stdout + done.stderr
    return stack


@pytest.fixture(scope="module")
def changing_key(changing: Stack) -> str:
    key = changing.new_key("acme")
    assert changing.call("POST", f"{ROOT}/applications", key, {"applicationId": "kept"}).ok
    return key


def version(stack: Stack, function: str) -> str:
    alias = stack.emulator.client("lambda").get_alias(
        FunctionName=stack.physical(function), Name="live"
    )
    number: str = alias["FunctionVersion"]
    return number


def deployment(stack: Stack) -> str:
    stage = stack.emulator.client("apigateway").get_stage(
        restApiId=stack.physical("Api"), stageName="v1"
    )
    identifier: str = stage["deploymentId"]
    return identifier


def types(stack: Stack) -> set[str]:
    listed: list[dict[str, Any]] = stack.emulator.client("cloudformation").describe_stack_resources(
        StackName=stack.name
    )["StackResources"]
    return {resource["ResourceType"] for resource in listed}


def test_a_stack_that_leaves_the_log_role_of_the_account_makes_none(changing: Stack) -> None:
    assert changing.status == "CREATE_COMPLETE"
    assert "AWS::ApiGateway::Account" not in types(changing)


def test_a_domain_of_its_own_serves_the_api_under_its_base_path(
    changing: Stack, changing_key: str, aws: Emulator
) -> None:
    def send(method: str, path: str, body: Any = None) -> requests.Response:
        headers = {"Host": DOMAIN, "Authorization": f"App {changing_key}"}
        url = f"{aws.url}/aem{ROOT}/{path}"
        return requests.request(method, url, json=body, headers=headers, timeout=60)

    assert send("POST", "entities", {"entityId": "guest"}).status_code == 201
    deleted = send("DELETE", "entities/guest")
    assert deleted.status_code == 200
    # The emulator puts the stage before it, AWS the base path (docs/aws-assumptions.md).
    operation_id = deleted.headers["Operation-Location"].rpartition("/operations/")[2]
    assert send("GET", f"operations/{operation_id}").status_code == 200


def test_a_changed_parameter_reaches_functions_and_gateway(
    changing: Stack, changing_key: str, built: Path, aws: Emulator
) -> None:
    before = version(changing, "Applications"), deployment(changing)
    template = emulator.adapted(built, aws, "changing.json")

    done = changing.deploy(template, ApiGatewayLogRole="existing", CorsAllowedOrigin=ORIGIN)

    assert done.returncode == 0, done.stdout + done.stderr
    answer = changing.call("GET", f"{ROOT}/applications/kept", changing_key)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    after = version(changing, "Applications"), deployment(changing)
    assert (after[0] == before[0], after[1] == before[1]) == (False, False)


def test_a_changed_function_gets_a_new_version_and_the_others_keep_theirs(
    changing: Stack, changing_key: str, built: Path, aws: Emulator, tmp_path: Path
) -> None:
    before = version(changing, "Limits"), version(changing, "Settings")
    code = shutil.copytree(PROJECT / "functions" / "limits", tmp_path / "limits")
    with (code / "app.py").open("a") as source:
        source.write("\n_handler = handler\n\n\ndef handler(event, context):\n")
        source.write("    return _handler(event, context) | {'statusCode': 203}\n")
    template = emulator.adapted(built, aws, "changed.json", Limits={"CodeUri": str(code)})

    done = changing.deploy(template, ApiGatewayLogRole="existing", CorsAllowedOrigin=ORIGIN)

    assert done.returncode == 0, done.stdout + done.stderr
    assert changing.call("GET", f"{ROOT}/limits", changing_key).status_code == 203
    after = version(changing, "Limits"), version(changing, "Settings")
    assert after[0] != before[0]
    assert after[1] == before[1]


def test_a_broken_update_is_rolled_back_to_the_working_version(
    changing: Stack, changing_key: str, built: Path, aws: Emulator
) -> None:
    broken = {name: member for name, member in BROKEN.items() if name != "DependsOn"}
    template = emulator.adapted(built, aws, "broken.json", Broken=broken)

    done = changing.deploy(template, ApiGatewayLogRole="existing", LogLevel="DEBUG")

    assert done.returncode != 0
    assert changing.status == "UPDATE_ROLLBACK_COMPLETE"
    variables = aws.client("lambda").get_function_configuration(
        FunctionName=changing.physical("Applications"), Qualifier="live"
    )["Environment"]["Variables"]
    assert variables["POWERTOOLS_LOG_LEVEL"] == "INFO"
    assert changing.call("GET", f"{ROOT}/applications/kept", changing_key).status_code == 200


def test_deleting_a_stack_keeps_its_table_and_nothing_else(
    changing: Stack, changing_key: str, aws: Emulator
) -> None:
    table, function = changing.outputs["TableName"], changing.physical("Applications")
    dead = changing.outputs["SubmissionsDeadLettersUrl"]

    done = aws.sam("delete", "--stack-name", changing.name, "--no-prompts")

    assert done.returncode == 0, done.stdout + done.stderr
    assert aws.client("dynamodb").scan(TableName=table, Limit=1)["Count"] == 1
    left = aws.client("lambda").list_functions()["Functions"]
    assert function not in {each["FunctionName"] for each in left}
    assert dead not in aws.client("sqs").list_queues().get("QueueUrls", [])


def test_a_first_deployment_that_fails_leaves_its_table_and_no_role(
    built: Path, aws: Emulator
) -> None:
    roles = {role["RoleName"] for role in aws.client("iam").list_roles()["Roles"]}
    failing = Stack(aws, "failing")

    done = failing.deploy(emulator.adapted(built, aws, "failing.json", Broken=BROKEN))

    assert done.returncode != 0
    assert failing.status == "ROLLBACK_COMPLETE"
    assert roles == {role["RoleName"] for role in aws.client("iam").list_roles()["Roles"]}
    tables = aws.client("dynamodb").list_tables()["TableNames"]
    assert [name for name in tables if name.startswith("failing-")]
