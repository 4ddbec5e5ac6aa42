"""What follows the items is checked against them, and made anew where it is wrong."""

import json
from typing import TYPE_CHECKING

import pytest

from ops import admin
from provisioning.accounts import authentication
from provisioning.core import identities
from provisioning.paging import page_index
from provisioning.projections import consistency, follower
from provisioning.projections.follower import Change
from provisioning.resources import associations
from provisioning.table import dynamodb, keys
from provisioning.table.keys import Key
from tests.support.associations import sms
from tests.support.client import Context, load_function
from tests.support.sizes import SMALL_SIZES

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb.client import DynamoDBClient

    from provisioning.table.dynamodb import Item

ACCOUNT = "acme"
PARTITION = keys.associations(ACCOUNT).partition
BUCKET = keys.directory_bucket(PARTITION, "")


def follow_all() -> None:
    """Deliver a record of every item of an association, and build what has been begun."""
    ranges = [keys.associations(ACCOUNT), *keys.listed_associations(ACCOUNT)]
    items = [item for key_range in ranges for item in dynamodb.query_all(key_range)]
    follower.follow([Change(None, item) for item in items])
    for partition in keys.counted_partitions(ACCOUNT):
        item = dynamodb.get(keys.directory(partition))
        if item is not None and item["awake"]:
            follower.follow([Change(None, item)])


def link(number: int) -> None:
    associations.create(ACCOUNT, identities.of(sms(resource_id=f"{number:03}")))


@pytest.fixture(autouse=True)
def account(table: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An account with 40 associations, which have a directory of several groups."""
    monkeypatch.setattr(page_index, "sizes", SMALL_SIZES)
    monkeypatch.setattr("time.sleep", lambda _: None)
    authentication.create_account(ACCOUNT)
    for number in range(40):
        link(number)
    consistency.rebuild(ACCOUNT)
    follow_all()
    consistency.rebuild(ACCOUNT)
    return table


def test_nothing_is_reported_where_nothing_is_wrong() -> None:
    found = page_index.read(PARTITION)
    assert found is not None
    assert (found.ready, found.total, len(found.groups) > 1) == (True, 40, True)
    assert consistency.check(ACCOUNT) == []


def test_a_wrong_count_is_reported_and_put_right() -> None:
    dynamodb.write(dynamodb.change(BUCKET, {"count": 1000}))
    assert {(found.what, found.recorded) for found in consistency.check(ACCOUNT)} >= {
        ("bucket", 1000)
    }
    consistency.rebuild(ACCOUNT)
    assert consistency.check(ACCOUNT) == []


def test_a_wrong_sum_is_reported_and_put_right() -> None:
    dynamodb.write(dynamodb.change(keys.directory_group(PARTITION, ""), {"count": 7}))
    assert [(found.what, found.recorded) for found in consistency.check(ACCOUNT)] == [("group", 7)]
    consistency.rebuild(ACCOUNT)
    assert consistency.check(ACCOUNT) == []


@pytest.mark.parametrize("start", ["G#", "B#"])
def test_a_number_that_no_count_can_be_is_reported_and_put_right(
    database: "DynamoDBClient", account: str, start: str
) -> None:
    stored = keys.directory_items(PARTITION).partition
    database.update_item(
        TableName=account,
        Key={"PK": {"S": stored}, "SK": {"S": start}},
        UpdateExpression="SET #count = :count",
        ExpressionAttributeNames={"#count": "count"},
        ExpressionAttributeValues={":count": {"N": "1.5"}},
    )
    assert [found.what for found in consistency.check(ACCOUNT)] == ["directory"]
    consistency.rebuild(ACCOUNT)
    follow_all()
    assert consistency.check(ACCOUNT) == []
    found = page_index.read(PARTITION)
    assert found is not None
    assert (found.ready, found.total) == (True, 40)


def test_what_is_only_behind_is_not_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    link(99)
    assert list(consistency.differences(ACCOUNT))
    monkeypatch.setattr("time.sleep", lambda _: follow_all())
    assert consistency.check(ACCOUNT) == []


def test_a_directory_that_was_lost_is_begun_again() -> None:
    everything = dynamodb.query_all(keys.KeyRange(keys.directory(PARTITION).partition))
    dynamodb.write_all([], [Key(item["PK"], item["SK"]) for item in everything])
    consistency.rebuild(ACCOUNT)
    follow_all()
    found = page_index.read(PARTITION)
    assert found is not None
    assert (found.ready, found.total) == (True, 40)


def test_the_scheduled_function_counts_what_it_put_right(
    capsys: pytest.CaptureFixture[str],
) -> None:
    handler: Callable[[Item, Context], Item] = load_function("directories").handler
    dynamodb.write(dynamodb.change(BUCKET, {"count": 1000}))
    found = handler({}, Context())
    assert found["differences"] > 0
    assert '"DirectoryDifferences":[' in capsys.readouterr().out
    assert handler({}, Context()) == {"differences": 0, "accountsLeft": 0}


def test_the_command_lists_differences_and_puts_them_right(
    account: str, capsys: pytest.CaptureFixture[str]
) -> None:
    dynamodb.write(dynamodb.change(BUCKET, {"count": 1000}))
    assert admin.main(["--table", account, "check-directories", ACCOUNT]) == 0
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {(found["what"], found["recorded"]) for found in listed} >= {("bucket", 1000)}
    assert admin.main(["--table", account, "rebuild-directories", ACCOUNT]) == 0
    assert admin.main(["--table", account, "check-directories", ACCOUNT]) == 0
    assert capsys.readouterr().out == ""
