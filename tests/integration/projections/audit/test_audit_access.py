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
from tests.support.associations import sms
from tests.support.audit import AUDIT, Settle, entries, members_of
from tests.support.client import Client


def test_a_restricted_api_key_sees_only_its_own_entries(client: Client, settle: Settle) -> None:
    for application in ("shop", "blog"):
        client.create("applications", application)
        client.link(sms(application))
    settle()
    wanted = NewKey((principals.MANAGE,), restrictions.simplified([Pair("shop", None)]))
    key = Client(key_creation.create("acme", wanted, COMMAND)[1])
    assert {str(entry["after"].get("applicationId")) for entry in entries(key)} == {"shop"}
    assert entries(key, applicationId="blog") == []


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
