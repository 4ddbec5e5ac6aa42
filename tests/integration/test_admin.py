"""The command that creates accounts and keys in any table."""

import os
import subprocess
from typing import TYPE_CHECKING

import pytest

from local.service import free_port
from local.settings import PROJECT
from ops import admin
from provisioning.table import dynamodb
from tests.support.associations import stored_items
from tests.support.client import Client

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


def test_a_new_account_gets_a_key_that_may_do_everything(
    table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert admin.main(["--table", table, "create-account", "acme"]) == 0
    client = Client(capsys.readouterr().out.strip())
    assert client.create("applications", "shop").status == 201


def test_a_further_key_has_the_scopes_it_is_given(
    client: Client, table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    scope = ["--scope", "application-entity:read"]
    assert admin.main(["--table", table, "create-key", "acme", *scope]) == 0
    reader = Client(capsys.readouterr().out.strip())
    assert reader.list("applications").status == 200
    assert reader.create("applications", "shop").status == 403


def test_the_table_holds_no_key(client: Client, database: "DynamoDBClient", table: str) -> None:
    held = str(list(stored_items(database, table)))
    assert client.api_key is not None
    assert client.api_key not in held
    assert client.api_key.removeprefix("aem_") not in held


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["create-account", "acme"], "Account acme already exists"),
        (["create-account", "not plain"], "must be 1 to 64"),
        (["create-key", "nobody"], "There is no account 'nobody'"),
        (["list-keys", "nobody"], "There is no account 'nobody'"),
        (["set-limits", "nobody"], "There is no account 'nobody'"),
        (["check-page-indexes", "nobody"], "There is no account 'nobody'"),
        (["rebuild-page-indexes", "nobody"], "There is no account 'nobody'"),
        (["recheck-associations", "nobody"], "There is no account 'nobody'"),
        (["rotate-key", "acme", "none"], "Account 'acme' has no API key 'none'"),
        (["expire-key", "acme", "none", "30d"], "Account 'acme' has no API key 'none'"),
        (["revoke-key", "acme", "none"], "Account 'acme' has no API key 'none'"),
    ],
)
def test_a_failure_says_why(
    client: Client,
    table: str,
    capsys: pytest.CaptureFixture[str],
    command: list[str],
    message: str,
) -> None:
    assert admin.main(["--table", table, *command]) == 1
    printed = capsys.readouterr()
    assert message in printed.err
    assert printed.out == ""


@pytest.mark.parametrize(
    "command",
    [
        ["create-account", " "],
        ["create-account"],
        ["create-key", "acme", "--platform", "{"],
        ["create-key", "acme", "--expires-at", "some day"],
        ["rotate-key", "acme", "key", "--overlap", "-1"],
        ["list-acounts"],
    ],
)
def test_what_is_used_wrongly_ends_with_two(table: str, command: list[str]) -> None:
    assert admin.main(["--table", table, *command]) == 2


def test_a_wrong_table_is_named(
    table: str, database: "DynamoDBClient", capsys: pytest.CaptureFixture[str]
) -> None:
    assert admin.main(["--table", "none", "list-accounts"]) == 1
    assert "There is no table 'none' at http://" in capsys.readouterr().err
    assert admin.main(["--table", " ", "list-accounts"]) == 2


def test_a_wrong_endpoint_is_named(
    table: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    pauses: list[float],
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "")
    dynamodb.client.cache_clear()
    closed = f"http://127.0.0.1:{free_port()}"
    assert admin.main(["--table", table, "--endpoint", closed, "list-accounts"]) == 1
    assert f"No answer from DynamoDB at {closed}" in capsys.readouterr().err
    assert admin.main(["--table", table, "--endpoint", "127.0.0.1:1", "list-accounts"]) == 2
    dynamodb.client.cache_clear()


def test_make_key_without_arguments_says_what_it_needs() -> None:
    ran = subprocess.run(
        ["make", "key"],
        cwd=PROJECT,
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 2
    assert "make key TABLE=<TableName> ACCOUNT=acme" in ran.stderr


def plain_environment() -> dict[str, str]:
    """Return the environment without what an outer make has set."""
    names = {"MAKEFLAGS", "MAKELEVEL", "MFLAGS", "TABLE", "ACCOUNT"}
    return {name: value for name, value in os.environ.items() if name not in names}
