"""Which entries of the audit an API key shows."""

from provisioning.accounts import (
    accounts,
    key_changes,
    key_creation,
    key_secrets,
    principals,
    restrictions,
)
from provisioning.accounts.key_creation import NewKey
from provisioning.accounts.restrictions import Pair
from provisioning.core.origins import COMMAND
from tests.support.associations import shown, sms
from tests.support.audit import AUDIT, Settle, entries, members_of
from tests.support.client import ROOT, Client


def restricted_to(application: str) -> Client:
    """Return a client whose API key is restricted to an application."""
    wanted = NewKey((principals.MANAGE,), restrictions.simplified([Pair(application, None)]))
    return Client(key_creation.create("acme", wanted, COMMAND)[1])


def test_a_restricted_api_key_sees_only_its_own_entries(client: Client, settle: Settle) -> None:
    for application in ("shop", "blog"):
        client.create("applications", application)
        client.link(sms(application))
    settle()
    key = restricted_to("shop")
    assert {str(entry["after"].get("applicationId")) for entry in entries(key)} == {"shop"}
    assert entries(key, applicationId="blog") == []


def test_an_association_that_moves_between_tenants_shows_each_its_own_side(
    client: Client, settle: Settle
) -> None:
    for application in ("shop", "blog"):
        client.create("applications", application)
    client.link(sms("shop"))
    moving = {"filter": {"applicationId": "shop"}, "target": {"applicationId": "blog"}}
    assert client.call("POST", f"{ROOT}/associations/reassign", body=moving).status == 202
    settle()
    for application, sides in (
        ("shop", [shown(sms("shop")), None]),
        ("blog", [None, shown(sms("blog"))]),
    ):
        (moved,) = (e for e in entries(restricted_to(application)) if e["action"] == "MOVED")
        assert members_of(moved, "before", "after") == sides


def test_changes_of_api_keys_are_shown_to_those_that_manage_api_keys(
    client: Client, settle: Settle
) -> None:
    owner = Client(key_creation.create_key("acme", principals.SCOPES))
    key, _ = key_creation.create("acme", NewKey(name="Shop"), COMMAND)
    key_changes.revoke(principals.unrestricted("acme"), key["keyId"], COMMAND)
    settle()
    revoked, created = entries(owner, keyId=key["keyId"])
    assert members_of(created, "action", "actor", "before") == ["CREATED", "command", None]
    assert "revokedAt" in revoked["after"]
    assert entries(client, keyId=key["keyId"]) == []
    assert key_secrets.digest(str(owner.api_key)) not in str(entries(owner))


def test_another_account_sees_nothing_of_it(client: Client, settle: Settle) -> None:
    client.create("applications", "shop")
    settle()
    accounts.create("other")
    other = Client(key_creation.create_key("other", principals.SCOPES))
    assert entries(other) == []
    assert entries(other, applicationId="shop") == []


def test_a_key_that_may_only_read_does_not_see_the_audit(client: Client) -> None:
    reader = Client(key_creation.create_key("acme", (principals.READ,)))
    assert reader.call("GET", AUDIT).status == 403
