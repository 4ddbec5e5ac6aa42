"""The rate of an account and of its keys, and requests that count for more than one."""

import pytest

from provisioning.accounts import accounts, authentication, key_creation, principals, rate_limits
from tests.support.client import ROOT, Client
from tests.support.limits import limit


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


# --- requests that count for more ---------------------------------------------------------------


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
