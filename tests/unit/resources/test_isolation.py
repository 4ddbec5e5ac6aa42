"""No request reaches what belongs to another account."""

import pytest

from provisioning.accounts import accounts, key_creation, key_secrets, principals
from provisioning.core.errors import ConflictError, InvalidError, NotFoundError
from provisioning.core.kinds import Kind
from tests.support.associations import sms
from tests.support.client import Client


@pytest.fixture
def other(client: Client) -> Client:
    """A client of another account, whose id begins like the first one's."""
    accounts.create("acme2")
    return Client(key_creation.create_key("acme2"))


def test_two_accounts_may_use_the_same_ids(client: Client, other: Client, kind: Kind) -> None:
    assert client.create(kind.collection, "shop", "ours").status == 201
    assert other.create(kind.collection, "shop", "theirs").status == 201
    assert client.get(kind.collection, "shop").json[kind.name_member] == "ours"


def test_another_account_s_parents_are_not_found(client: Client, other: Client, kind: Kind) -> None:
    client.create(kind.collection, "shop", "ours")
    assert other.get(kind.collection, "shop").status == 404
    assert other.rename(kind.collection, "shop", {kind.name_member: "theirs"}).status == 404
    assert other.delete(kind.collection, "shop").status == 404
    assert "shop" not in other.list(kind.collection).ids
    assert client.get(kind.collection, "shop").json[kind.name_member] == "ours"


def test_another_account_s_associations_are_not_found(client: Client, other: Client) -> None:
    for account in (client, other):
        account.create("applications", "shop")
        account.create("entities", "acme")
    ours = sms("shop", "acme")
    client.link(ours)
    assert other.single(ours).status == 404
    assert other.unlink(ours).status == 404
    for filters in ({}, {"applicationId": "shop"}, {"entityId": "acme"}):
        assert other.list("associations", **filters).json["results"] == []
    assert client.single(ours).status == 200


def test_another_account_s_parents_cannot_be_linked_to(client: Client, other: Client) -> None:
    client.create("applications", "shop")
    assert other.link(sms("shop")).status == 404


@pytest.mark.parametrize(
    "identifier",
    [
        "ACCOUNT#acme#APPLICATION",
        "#acme#APPLICATION#shop",
        "../acme/shop",
        "acme#APPLICATION",
        "shop#",
        "*",
    ],
)
def test_no_crafted_id_reaches_another_account(
    client: Client, other: Client, identifier: str
) -> None:
    client.create("applications", "shop")
    client.link(sms("shop"))
    assert other.get("applications", identifier).status == 404
    assert other.list("associations", applicationId=identifier).json["results"] == []
    assert other.single(sms(identifier)).status == 404


def test_a_further_key_of_an_account_sees_the_same(client: Client) -> None:
    client.create("applications", "shop")
    reader = Client(key_creation.create_key("acme", (principals.READ,)))
    assert reader.get("applications", "shop").status == 200
    assert reader.delete("applications", "shop").status == 403
    assert client.get("applications", "shop").status == 200


def test_the_digest_of_a_key_is_no_key(client: Client) -> None:
    assert client.api_key is not None
    stolen = key_secrets.digest(client.api_key)
    assert Client(stolen).list("applications").status == 401


# --- making accounts and keys -------------------------------------------------------------------


def test_an_account_exists_once(client: Client) -> None:
    with pytest.raises(ConflictError):
        accounts.create("acme")


@pytest.mark.parametrize("account", ["", "a#b", "a b", "-a", "é", "a" * 65, "a/b", "a\n"])
def test_an_account_s_id_is_plain(table: str, account: str) -> None:
    with pytest.raises(InvalidError):
        accounts.create(account)


def test_a_key_needs_an_account(table: str) -> None:
    with pytest.raises(NotFoundError):
        key_creation.create_key("nobody")


def test_a_known_key_exists_once(client: Client) -> None:
    assert key_creation.create_key("acme", secret="known") == "known"
    with pytest.raises(ConflictError):
        key_creation.create_key("acme", secret="known")
    assert Client("known").list("applications").status == 200
