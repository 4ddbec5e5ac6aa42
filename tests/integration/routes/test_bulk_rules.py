"""Rules of single requests hold for bulk requests: keys, quotas, rates, reads."""

import json
from typing import TYPE_CHECKING

import pytest

from provisioning.accounts import key_creation, principals, quotas, rate_limits
from provisioning.accounts.key_creation import NewKey
from provisioning.accounts.restrictions import Pair
from provisioning.core.origins import COMMAND
from provisioning.table import dynamodb
from tests.support.associations import sms, stored_items
from tests.support.bulk import error, link, listed, send, statuses
from tests.support.client import Client, path_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


def test_a_bound_key_changes_only_within_its_binding(shop: Client) -> None:
    shop.create("applications", "blog")
    shop.link(sms("blog", None, "1"))
    bound = NewKey((principals.MANAGE,), (Pair("shop", None),))
    key = Client(key_creation.create("acme", bound, COMMAND)[1])
    answer = send(
        key, "associations", link=[sms("shop"), sms("blog")], unlink=[sms("blog", None, "1")]
    )
    assert statuses(answer) == [404, 201, 404]
    answer = send(
        key,
        "applications",
        delete=["blog", "nothing", "shop"],
        create=[{"applicationId": "other"}, {"applicationId": "shop"}],
    )
    assert statuses(answer) == [404, 404, 200, 403, 201]
    assert shop.get("applications", "blog").status == 200


def test_a_key_that_may_only_read_is_refused(client: Client) -> None:
    reader = Client(key_creation.create_key("acme", (principals.READ,)))
    assert send(reader, "entities", create=[{"entityId": "x"}]).status == 403


def test_each_create_counts_against_the_quota_and_a_failure_does_not(
    shop: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    quotas._counts.clear()
    shop.link(sms("shop", None, "0"))
    monkeypatch.setenv("LIMITS", json.dumps({"associations": 4}))
    answer = link(
        shop,
        sms("shop", None, "0"),
        sms("shop", None, "1"),
        {},
        sms("nowhere"),
        *(sms("shop", None, f"{number}") for number in range(2, 8)),
        sms("nowhere"),
        {},
    )
    assert statuses(answer) == [409, 201, 400, 404, 201, 201, *[429] * 5, 400]
    refused = answer.json["results"][6]
    assert refused["retryAfter"] == quotas.RETRY_SECONDS
    assert "4 associations" in str(error(refused)["validationErrors"]["resourceId"])
    assert len(listed(shop, "associations")) == 4


def test_deletions_make_room_for_creates(shop: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    quotas._counts.clear()
    shop.link(sms("shop", None, "0"))
    monkeypatch.setenv("LIMITS", json.dumps({"associations": 1}))
    one, two = sms("shop", None, "0"), sms("shop", None, "1")
    assert statuses(send(shop, "associations", link=[two], unlink=[one])) == [204, 201]


def test_every_item_stores_its_actor(
    client: Client, database: "DynamoDBClient", table: str
) -> None:
    link(client, *(sms(resource_id=f"{number}") for number in range(3)))
    made = [item for item in stored_items(database, table) if item["type"] == "association"]
    assert len({(item["actor"], item["requestId"]) for item in made}) == 1
    assert made[0]["requestId"] is not None


def test_a_bulk_reads_each_parent_once(shop: Client) -> None:
    dynamodb.usage.reset()
    link(shop, *(sms("shop", "acme", f"{number}") for number in range(20)))
    assert (dynamodb.usage.calls, dynamodb.usage.read_units) == (2, 2)


def test_an_application_called_bulk_can_be_reached(client: Client) -> None:
    assert send(client, "applications", create=[{"applicationId": "bulk"}]).status == 200
    assert client.get("applications", "bulk").json == {"applicationId": "bulk"}
    assert client.call("DELETE", path_of("applications", "bulk")).status == 200


def test_a_bulk_is_one_request(shop: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    rate_limits._buckets.clear()
    monkeypatch.setenv("LIMITS", json.dumps({"accountRequestsPerSecond": 1, "accountBurst": 400}))
    answer = link(shop, *(sms("shop", None, f"{number}") for number in range(50)))
    assert answer.status == 200
    assert int(answer.headers["RateLimit-Remaining"]) > 300
