"""How much an account may use, and what that costs."""

import json
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from ops import admin
from provisioning.accounts import (
    accounts,
    authentication,
    key_creation,
    principals,
    quotas,
    rate_limits,
)
from provisioning.core.errors import ThrottledError
from provisioning.table import dynamodb, keys
from tests.support.associations import sms, stored_items
from tests.support.client import ROOT, Client

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

LIMITS = f"{ROOT}/limits"


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    """A process that knows nothing of buckets and counts yet."""
    rate_limits._buckets.clear()
    quotas._counts.clear()
    yield
    rate_limits._buckets.clear()


def limit(monkeypatch: pytest.MonkeyPatch, **given: int) -> None:
    monkeypatch.setenv("LIMITS", json.dumps(given))


def bucket(rate: int = 1, burst: int = 40) -> rate_limits.TokenBucket:
    return rate_limits.TokenBucket(keys.token_bucket("acme"), rate, burst)


def take_all(one: rate_limits.TokenBucket) -> int:
    """Take tokens until there are none; return how many there were."""
    for taken in range(100_000):
        try:
            one.take()
        except ThrottledError:
            return taken
    raise AssertionError


# --- the rate -----------------------------------------------------------------------------------


def test_a_flood_gets_429_with_retry_after_and_nothing_more(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, accountRequestsPerSecond=1, accountBurst=20)
    answers = [client.get("applications", "default") for _ in range(40)]
    statuses = [answer.status for answer in answers]
    assert set(statuses) == {200, 429}
    assert 20 <= statuses.count(200) <= 20 + 2 + 5  # a share on top, and what came in meanwhile
    refused = answers[-1]
    assert int(refused.headers["Retry-After"]) >= 1
    assert refused.headers["RateLimit-Remaining"] == "0"
    assert refused.json == {
        "requestError": {
            "serviceException": {"messageId": "TOO_MANY_REQUESTS", "text": "Too many requests"}
        }
    }


def test_answers_show_the_remaining_rate(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, accountRequestsPerSecond=1, accountBurst=400)
    answers = [client.get("applications", name).headers for name in ("default", "none", "default")]
    assert {headers["RateLimit-Limit"] for headers in answers} == {"400"}
    remaining = [int(headers["RateLimit-Remaining"]) for headers in answers]
    assert remaining == sorted(remaining, reverse=True)
    assert remaining[-1] >= 395
    assert all(int(headers["RateLimit-Reset"]) >= 0 for headers in answers)


def test_one_key_cannot_use_up_the_rate_of_another(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(
        monkeypatch,
        accountRequestsPerSecond=1,
        accountBurst=400,
        keyRequestsPerSecond=1,
        keyBurst=5,
    )
    other = Client(key_creation.create_key("acme"))
    assert 429 in {client.get("applications", "default").status for _ in range(15)}
    assert other.get("applications", "default").status == 200


def test_one_account_cannot_use_up_the_rate_of_another(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, accountRequestsPerSecond=1, accountBurst=5)
    accounts.create("other")
    other = Client(key_creation.create_key("other"))
    assert 429 in {client.get("applications", "default").status for _ in range(15)}
    assert other.get("applications", "default").status == 200


def test_a_request_that_may_not_come_through_changes_nothing(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, accountRequestsPerSecond=1, accountBurst=1)
    created = [client.create("applications", f"a{number}").status for number in range(10)]
    listed = Client(client.api_key)
    limit(monkeypatch)
    assert len(listed.list("applications").ids) == 1 + created.count(201)


@pytest.mark.usefixtures("table")
def test_a_share_is_one_write(database: "DynamoDBClient") -> None:
    one = bucket(rate=1000, burst=2000)
    dynamodb.usage.reset()
    for _ in range(1 + 10 * 100):
        one.take()
    assert dynamodb.usage.calls <= 10 + 1
    assert dynamodb.usage.write_units <= 10 + 1
    assert dynamodb.usage.read_units == 0


@pytest.mark.usefixtures("table")
def test_many_processes_lease_no_more_than_there_is() -> None:
    processes = [bucket(rate=1, burst=100) for _ in range(8)]
    started = time.time()
    taken = sum(take_all(one) for one in processes)
    assert 100 <= taken - len(processes) <= 100 + (time.time() - started) + 1


@pytest.mark.usefixtures("table")
def test_a_bucket_fills_at_its_rate(monkeypatch: pytest.MonkeyPatch) -> None:
    one = bucket(rate=10, burst=20)
    assert take_all(one) >= 20
    moment = time.time_ns()
    monkeypatch.setattr("time.time_ns", lambda: moment + 1_000_000_000)
    monkeypatch.setattr("time.time", lambda: moment / 1e9 + 1)
    assert 8 <= take_all(one) <= 10


@pytest.mark.usefixtures("table")
def test_a_flood_costs_no_write_for_every_refusal() -> None:
    one = bucket(rate=1, burst=20)
    take_all(one)
    dynamodb.usage.reset()
    for _ in range(1000):
        with pytest.raises(ThrottledError):
            one.take()
        if one.held:
            break
    assert dynamodb.usage.calls <= 5


def test_the_account_s_own_limits_take_the_place_of_everybody_s(
    client: Client, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, accountRequestsPerSecond=1, accountBurst=1)
    set_limits = ["--table", table, "set-limits", "acme", "--limit", "accountRequestsPerSecond=0"]
    assert admin.main(set_limits) == 0
    authentication._cache.clear()
    assert {client.get("applications", "default").status for _ in range(20)} == {200}
    later = Client(key_creation.create_key("acme"))
    assert {later.get("applications", "default").status for _ in range(20)} == {200}
    assert admin.main(set_limits[:-2]) == 0
    authentication._cache.clear()
    assert 429 in {client.get("applications", "default").status for _ in range(20)}


@pytest.mark.parametrize("given", ["accountBurst", "accountBurst=-1", "speed=1", "keyBurst=x"])
def test_a_limit_that_cannot_be_is_refused(client: Client, table: str, given: str) -> None:
    assert admin.main(["--table", table, "set-limits", "acme", "--limit", given]) == 2


# --- quotas -------------------------------------------------------------------------------------


def create(client: Client, collection: str, number: int) -> Any:
    if collection == "associations":
        return client.link(sms(resource_id=str(number)))
    return client.create(collection, str(number))


@pytest.mark.parametrize("collection", quotas.COLLECTIONS)
def test_no_more_is_created_than_the_account_may_have(
    client: Client, collection: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    standing = client.list(collection).json["paging"]["totalResults"]
    limit(monkeypatch, **{collection: 12})
    answers = [create(client, collection, number) for number in range(15)]
    allowed = 12 - standing
    assert [answer.status for answer in answers] == [201] * allowed + [429] * (15 - allowed)
    assert answers[-1].headers["Retry-After"] == "3600"
    assert "12" in str(answers[-1].problems)
    assert client.list(collection).json["paging"]["totalResults"] == 12


def test_the_key_that_deletes_a_parent_can_create_it_again(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, entities=1)
    assert client.create("entities", "one").status == 201
    assert client.create("entities", "two").status == 429
    client.delete("entities", "one")
    assert client.create("entities", "two").status == 201


def test_counting_is_not_for_every_create(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(monkeypatch, entities=1000)
    client.create("entities", "first")
    dynamodb.usage.reset()
    client.create("entities", "second")
    assert (dynamodb.usage.calls, dynamodb.usage.read_units) == (1, 0)


# --- limits as shown ----------------------------------------------------------------------------


def test_limits_show_usage_and_maximum(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    limit(
        monkeypatch,
        accountRequestsPerSecond=10,
        accountBurst=100,
        applications=5,
        associations=7,
    )
    client.create("applications", "shop")
    client.link(sms("shop"))
    limits = client.call("GET", LIMITS).json
    assert limits["applications"] == {"allowed": 5, "used": 2}
    assert limits["entities"] == {"used": 0}
    assert limits["associations"] == {"allowed": 7, "used": 1}
    assert limits["requests"]["account"].items() >= {"allowed": 10, "burst": 100}.items()
    assert 0 <= limits["requests"]["account"]["used"] <= 20
    assert "key" not in limits["requests"]


def test_the_buckets_vanish_when_nobody_uses_them(
    client: Client, database: "DynamoDBClient", table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, accountRequestsPerSecond=10, accountBurst=20)
    for _ in range(3):
        client.get("applications", "default")
    (found,) = (item for item in stored_items(database, table) if item["type"] == "tokenBucket")
    assert 0 < found["expiresAt"] - time.time() <= 24 * 60 * 60


def test_keys_that_flood_an_account_leave_every_other_key_its_share(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, accountRequestsPerSecond=10, accountBurst=200)
    others = [Client(key_creation.create_key("acme")) for _ in range(2)]
    flood = [
        one.get("applications", "default").status for _ in range(150) for one in (client, others[0])
    ]
    assert flood[-2:] == [429, 429]
    quiet = [others[1].get("applications", "default").status for _ in range(5)]
    assert quiet == [200] * 5


def test_a_request_that_asks_for_much_takes_more_of_the_rate(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, accountRequestsPerSecond=1, accountBurst=100)
    assert client.api_key is not None
    principal = authentication.authenticate(client.api_key)
    rate_limits.charge(principal, 60)
    statuses = [client.get("applications", "default").status for _ in range(80)]
    assert 35 <= statuses.count(200) <= 60
    assert statuses[-1] == 429


def test_a_request_takes_a_token_for_each_hundred_elements(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, keyRequestsPerSecond=1, keyBurst=200)
    before = left(client)
    body = {"delete": [f"none-{number}" for number in range(1000)]}
    assert client.call("POST", f"{ROOT}/applications/bulk", body=body).status == 207
    assert before - left(client) >= 10


def test_a_submission_takes_a_token_for_each_hundred_entities(
    client: Client, monkeypatch: pytest.MonkeyPatch, submission_queues: object
) -> None:
    limit(monkeypatch, keyRequestsPerSecond=1, keyBurst=400)
    before = left(client)
    body = {"messages": [{"entityId": f"e{number}"} for number in range(10_000)]}
    assert client.call("POST", f"{ROOT}/messages", body=body).status == 202
    assert before - left(client) >= 100


def left(client: Client) -> int:
    """Return how many tokens the key has, after a request."""
    return int(client.get("applications", "default").headers["RateLimit-Remaining"])


def test_new_secrets_have_a_rate_of_their_own(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    limit(monkeypatch, accountRequestsPerSecond=1000, accountBurst=2000)
    monkeypatch.setattr(rate_limits, "SECRETS_BURST", 3)
    manager = Client(key_creation.create_key("acme", principals.SCOPES))
    answers = [manager.call("POST", f"{ROOT}/api-keys", body={}) for _ in range(15)]
    statuses = [answer.status for answer in answers]
    assert statuses[0] == 201
    assert 429 in statuses
    refused = next(answer for answer in answers if answer.status == 429)
    assert int(refused.headers["Retry-After"]) >= 1
    assert manager.get("applications", "default").status == 200
