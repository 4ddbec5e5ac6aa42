"""Migrations: stored items are rewritten in the present format, while clients notice nothing."""

import json
from collections.abc import Iterator
from functools import partial
from itertools import count
from typing import TYPE_CHECKING

import pytest

from ops import admin
from provisioning.accounts import key_creation, principals
from provisioning.core.kinds import APPLICATION
from provisioning.core.origins import COMMAND
from provisioning.operations import lookup, migrations, summary
from provisioning.resources import parents
from provisioning.table import formats, keys, reads
from provisioning.table.items import Item
from tests.support.actors import Other
from tests.support.associations import sms, stored_items
from tests.support.call_faults import FAULTS, Trouble
from tests.support.client import ROOT, Client
from tests.support.operator import Operator
from tests.support.seeding import ACCOUNT
from tests.support.senders import create_strategy
from tests.support.thoroughness import THOROUGH, calls_apart
from tests.support.world import World

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

WORST = ("killed after", "every response lost", "throughput exceeded for long")
STEP = calls_apart(4)
"""Calls between two that meet a fault."""
LINKS = [sms("a", "e", f"44770090{number:04d}") for number in range(8)]
MIGRATED = {"account", "accountListing", "apiKey", "apiKeySecret"} | {
    *("application", "entity", "association", "entityLink", "resourceLink"),
    *("sendingStrategy", "platformStrategies"),
}


def with_region(item: Item) -> Item:
    """The upgrade of the examples: each item names the region that it is kept in."""
    return {"region": "eu", **item}


@pytest.fixture
def change_formats(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A release that changes the format of every kind of item."""
    yield
    formats.UPGRADES.clear()


def release(*kinds: str, versions: int = 2) -> None:
    """Let kinds of item have so many versions from now on."""
    formats.UPGRADES.update(dict.fromkeys(kinds, (with_region,) * (versions - 1)))


def of_migrated_kinds(database: "DynamoDBClient", table: str) -> list[Item]:
    return [item for item in stored_items(database, table) if item.get("type") in MIGRATED]


def run(capsys: pytest.CaptureFixture[str], table: str, command: str) -> Item:
    """Run the operator's command and return what it prints."""
    assert admin.main(["--table", table, command, "acme"]) == 0
    printed: Item = json.loads(capsys.readouterr().out.splitlines()[-1])
    return printed


@pytest.mark.usefixtures("slices", "change_formats")
def test_the_command_rewrites_all_items_that_are_kept_and_clients_see_no_change(
    operator: Operator,
    database: "DynamoDBClient",
    table: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    operator.prepare("ab", "ef", LINKS)
    everything = Client(key_creation.create_key("acme", principals.SCOPES))
    create_strategy(everything, {"applicationId": "a"})
    before = operator.everything()
    release(*MIGRATED)
    assert operator.everything() == before
    found = run(capsys, table, "check-formats")["outdated"]
    assert found.keys() == MIGRATED
    assert (found["association"], found["application"]) == (len(LINKS), 3)

    printed = run(capsys, table, "migrate")
    operator.settle()
    shown = operator.client.call("GET", f"{ROOT}/operations/{printed['operationId']}").json
    assert (shown["kind"], shown["state"]) == ("MIGRATE", "SUCCEEDED")
    assert shown["done"] == shown["total"] == 3 * len(LINKS) + 7
    assert run(capsys, table, "check-formats") == {"outdated": {}}
    stored = of_migrated_kinds(database, table)
    assert {item["type"] for item in stored} == MIGRATED
    assert all((item["format"], item["region"]) == (2, "eu") for item in stored)
    assert operator.everything() == before


def test_items_of_before_there_were_versions_get_theirs(
    operator: Operator, database: "DynamoDBClient", table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    operator.prepare("a", "e", LINKS[:2])
    for item in stored_items(database, table):
        database.update_item(
            TableName=table,
            Key={name: {"S": item[name]} for name in ("PK", "SK")},
            UpdateExpression="REMOVE #format",
            ExpressionAttributeNames={"#format": "format"},
        )
    run(capsys, table, "migrate")
    operator.settle()
    assert {item.get("format") for item in of_migrated_kinds(database, table)} == {1}


def test_a_client_can_neither_cancel_nor_undo_it(
    operator: Operator, table: str, capsys: pytest.CaptureFixture[str]
) -> None:
    operation_id = run(capsys, table, "migrate")["operationId"]
    cancelled = operator.post(f"operations/{operation_id}/cancel")
    assert cancelled.status == 409
    assert "cannot be cancelled" in cancelled.text
    operator.settle()
    assert operator.undo(operation_id).status == 409


def begin(world: World, versions: int) -> str:
    """Release another format of applications and begin to migrate them."""
    release("application", versions=versions)
    started: list[str] = []
    world.attempt(Other(), lambda: started.append(migrations.start(ACCOUNT, COMMAND)))
    return started[0]


def expect_done(world: World, operation_id: str) -> None:
    """Every application has the present format, and the operation has counted each once."""
    shown = summary.of(lookup.get(ACCOUNT, operation_id))
    assert shown["state"] == "SUCCEEDED"
    assert shown["done"] == shown["total"] == 7
    assert migrations.outdated(ACCOUNT) == {}


@pytest.fixture
def applications(world: World, change_formats: None, small_slices: None) -> World:
    """A world with seven applications."""
    for name in "abcdefg":
        world.create(APPLICATION, name)
    return world


@pytest.mark.parametrize("fault", FAULTS if THOROUGH else WORST)
def test_a_migration_that_is_cut_off_at_any_call_ends_the_same(
    applications: World, fault: str
) -> None:
    for at in count(step=STEP):
        operation_id = begin(applications, at + 2)
        trouble = Trouble.of(at, fault)
        with applications.meeting(trouble):
            applications.deliver_all()
        expect_done(applications, operation_id)
        if not trouble.met:
            break
    assert at > 8


def rename(world: World, name: str) -> None:
    """Let a client rename an application."""
    world.attempt(Other(), lambda: parents.rename(ACCOUNT, APPLICATION, "d", name))


def test_a_client_may_change_an_item_at_any_call_and_loses_nothing(applications: World) -> None:
    for at in count(step=STEP):
        operation_id = begin(applications, at + 2)
        name = f"renamed {at}"
        company = applications.meanwhile(at, partial(rename, applications, name))
        with applications.meeting(company):
            applications.deliver_all()
        expect_done(applications, operation_id)
        if not company.met:
            break
        found = reads.get(keys.parent(ACCOUNT, APPLICATION, "d"))
        assert found is not None
        assert found["name"] == name
    assert at > 8
