"""The limits of an account as they are set and shown."""

import pytest

from ops import admin
from provisioning.accounts import authentication, key_creation
from tests.support.associations import sms
from tests.support.client import ROOT, Client
from tests.support.limits import limit

LIMITS = f"{ROOT}/limits"


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
