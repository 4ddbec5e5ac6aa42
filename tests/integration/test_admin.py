"""The command that creates accounts and keys in any table."""

from typing import TYPE_CHECKING

import pytest

from ops import admin
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
        (["create-key", "nobody"], "there is no account 'nobody'"),
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
