"""The consistency check finds and repairs wrong page indexes."""

import json
from typing import TYPE_CHECKING

import pytest

from ops import admin
from provisioning.accounts import accounts
from provisioning.core import identities
from provisioning.paging import page_index, sizes
from provisioning.projections import consistency, follower
from provisioning.resources import associations
from provisioning.table import keys, page_index_keys, primary_keys, reads, writes
from provisioning.table.primary_keys import Key
from tests.support.associations import sms
from tests.support.changes import change
from tests.support.client import Context, load_function
from tests.support.sizes import SMALL_SIZES

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb.client import DynamoDBClient

    from provisioning.table.items import Item

ACCOUNT = "acme"
PARTITION = keys.associations(ACCOUNT).partition
BLOCK = page_index_keys.block(PARTITION, "")


def follow_all() -> None:
    """Deliver a record of every association, and build what has been begun."""
    ranges = [keys.associations(ACCOUNT), *keys.association_links(ACCOUNT)]
    items = [item for key_range in ranges for item in reads.query_all(key_range)]
    follower.follow([change(None, item) for item in items])
    for partition in page_index_keys.counted_partitions(ACCOUNT):
        item = reads.get(page_index_keys.root(partition))
        if item is not None and item["awake"]:
            follower.follow([change(None, item)])


def link(number: int) -> None:
    associations.create(ACCOUNT, identities.of(sms(resource_id=f"{number:03}")))


@pytest.fixture(autouse=True)
def account(table: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An account with 40 associations, which have a page index of several groups."""
    monkeypatch.setattr(sizes, "current", SMALL_SIZES)
    monkeypatch.setattr("time.sleep", lambda _: None)
    accounts.create(ACCOUNT)
    for number in range(40):
        link(number)
    consistency.rebuild(ACCOUNT)
    follow_all()
    consistency.rebuild(ACCOUNT)
    return table


def test_nothing_is_reported_where_nothing_is_wrong() -> None:
    found = page_index.read(PARTITION)
    assert found is not None
    assert (found.is_ready, found.total, len(found.groups) > 1) == (True, 40, True)
    assert consistency.check(ACCOUNT) == []


def test_a_wrong_count_is_reported_and_put_right() -> None:
    writes.execute(writes.update(BLOCK, {"count": 1000}))
    assert {(found.what, found.recorded) for found in consistency.check(ACCOUNT)} >= {
        ("block", 1000)
    }
    consistency.rebuild(ACCOUNT)
    assert consistency.check(ACCOUNT) == []


def test_a_wrong_sum_is_reported_and_put_right() -> None:
    writes.execute(writes.update(page_index_keys.group(PARTITION, ""), {"count": 7}))
    assert [(found.what, found.recorded) for found in consistency.check(ACCOUNT)] == [("group", 7)]
    consistency.rebuild(ACCOUNT)
    assert consistency.check(ACCOUNT) == []


@pytest.mark.parametrize("start", ["G#", "B#"])
def test_a_number_that_no_count_can_be_is_reported_and_put_right(
    database: "DynamoDBClient", account: str, start: str
) -> None:
    stored = page_index_keys.everything(PARTITION).partition
    database.update_item(
        TableName=account,
        Key={"PK": {"S": stored}, "SK": {"S": start}},
        UpdateExpression="SET #count = :count",
        ExpressionAttributeNames={"#count": "count"},
        ExpressionAttributeValues={":count": {"N": "1.5"}},
    )
    assert [found.what for found in consistency.check(ACCOUNT)] == ["pageIndex"]
    consistency.rebuild(ACCOUNT)
    follow_all()
    assert consistency.check(ACCOUNT) == []
    found = page_index.read(PARTITION)
    assert found is not None
    assert (found.is_ready, found.total) == (True, 40)


def test_an_index_that_is_only_behind_is_not_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    link(99)
    assert list(consistency.differences(ACCOUNT))
    monkeypatch.setattr("time.sleep", lambda _: follow_all())
    assert consistency.check(ACCOUNT) == []


def test_a_lost_page_index_is_started_again() -> None:
    everything = reads.query_all(primary_keys.KeyRange(page_index_keys.root(PARTITION).partition))
    writes.batch_write([], [Key(item["PK"], item["SK"]) for item in everything])
    consistency.rebuild(ACCOUNT)
    follow_all()
    found = page_index.read(PARTITION)
    assert found is not None
    assert (found.is_ready, found.total) == (True, 40)


def test_the_scheduled_function_counts_its_repairs(
    capsys: pytest.CaptureFixture[str],
) -> None:
    handler: Callable[[Item, Context], Item] = load_function("consistency").handler
    writes.execute(writes.update(BLOCK, {"count": 1000}))
    found = handler({}, Context())
    assert found["differences"] > 0
    assert '"ConsistencyDifferences":[' in capsys.readouterr().out
    assert handler({}, Context()) == {"differences": 0, "accountsLeft": 0}


def test_the_command_lists_differences_and_puts_them_right(
    account: str, capsys: pytest.CaptureFixture[str]
) -> None:
    writes.execute(writes.update(BLOCK, {"count": 1000}))
    assert admin.main(["--table", account, "check-page-indexes", ACCOUNT]) == 0
    listed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {(found["what"], found["recorded"]) for found in listed} >= {("block", 1000)}
    assert admin.main(["--table", account, "rebuild-page-indexes", ACCOUNT]) == 0
    assert admin.main(["--table", account, "check-page-indexes", ACCOUNT]) == 0
    assert capsys.readouterr().out == ""
