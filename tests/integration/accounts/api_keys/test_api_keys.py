"""API keys as an account's administrator manages them, over HTTP."""

from typing import TYPE_CHECKING, Any

import pytest

from provisioning.accounts import accounts, key_creation, principals
from tests.support.api_keys import KEYS, create, created, listed
from tests.support.associations import stored_items
from tests.support.client import Client

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


def test_a_created_key_works_at_once(owner: Client) -> None:
    _, client = created(owner, name="Shop")
    assert client.create("applications", "shop").status == 201


def test_a_key_has_the_scopes_it_is_given(owner: Client) -> None:
    _, reader = created(owner, scopes=[principals.READ])
    assert reader.list("applications").status == 200
    assert reader.create("applications", "shop").status == 403
    assert reader.call("GET", KEYS).status == 403


def test_keys_are_listed_newest_first_without_their_secrets(owner: Client) -> None:
    ids = [created(owner, name=name)[0] for name in ("one", "two")]
    answer = owner.call("GET", KEYS, query={"size": 2})
    assert [key["keyId"] for key in answer.json["results"]] == ids[::-1]
    assert answer.json["paging"]["totalResults"] == 3
    assert "apiKey" not in answer.text
    assert all(key["start"].startswith("aem_") for key in answer.json["results"])


def test_no_secret_is_in_the_table(owner: Client, database: "DynamoDBClient", table: str) -> None:
    _, client = created(owner)
    assert client.api_key is not None
    held = str(list(stored_items(database, table)))
    assert client.api_key not in held
    assert client.api_key.removeprefix("aem_") not in held


@pytest.mark.usefixtures("forget")
def test_the_last_use_is_told_to_the_hour_and_written_once_in_it(
    owner: Client, database: "DynamoDBClient", table: str
) -> None:
    key_id, client = created(owner)
    assert "lastUsedAt" not in listed(owner, key_id)
    client.list("applications")
    before = list(stored_items(database, table))
    client.list("applications")
    assert list(stored_items(database, table)) == before
    shown = listed(owner, key_id)["lastUsedAt"]
    assert shown.endswith(":00:00.000Z")
    owner.call("DELETE", f"{KEYS}/{key_id}")
    assert listed(owner, key_id)["lastUsedAt"] == shown


# --- bad requests -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "member"),
    [
        ({"scopes": []}, "scopes"),
        ({"scopes": ["root"]}, "scopes"),
        ({"scopes": "application-entity:read"}, "scopes"),
        ({"platform": [{}]}, "platform"),
        ({"platform": [{"applicationId": " "}]}, "platform"),
        ({"platform": [{"entityId": "null"}]}, "platform"),
        ({"platform": [{"applicationId": str(n)} for n in range(21)]}, "platform"),
        ({"platform": [{"applicationId": "a"}], "scopes": [principals.KEYS]}, "platform"),
        ({"name": "x" * 256}, "name"),
        ({"name": 7}, "name"),
        ({"expiresAt": "tomorrow"}, "expiresAt"),
        ({"expiresAt": "2030-01-01T00:00:00"}, "expiresAt"),
        ({"expiresAt": 1900000000}, "expiresAt"),
        ({"expiresAt": "9999-12-31T23:59:59Z"}, "expiresAt"),
        ({"expiresAt": "0001-01-01T00:00:00Z"}, "expiresAt"),
    ],
)
def test_a_key_that_cannot_be_is_a_bad_request(owner: Client, body: Any, member: str) -> None:
    answer = create(owner, **body)
    assert answer.status == 400
    assert {name.partition("[")[0] for name in answer.problems} == {member}


def test_a_key_that_is_not_there_is_not_found(owner: Client) -> None:
    for method, suffix, body in (
        ("GET", "", None),
        ("PUT", "", {}),
        ("DELETE", "", None),
        ("POST", "/rotate", {}),
    ):
        assert owner.call(method, f"{KEYS}/nobody{suffix}", body=body).status == 404


def test_another_account_s_keys_are_not_there(owner: Client) -> None:
    accounts.create("other")
    other = Client(key_creation.create_key("other", principals.SCOPES))
    key_id, client = created(owner)
    assert other.call("GET", f"{KEYS}/{key_id}").status == 404
    assert other.call("DELETE", f"{KEYS}/{key_id}").status == 404
    assert other.call("POST", f"{KEYS}/{key_id}/rotate", body={}).status == 404
    assert other.call("GET", KEYS).json["paging"]["totalResults"] == 1
    assert client.list("applications").status == 200
