"""API keys as an account's administrator manages them, over HTTP."""

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from provisioning.accounts import (
    accounts,
    authentication,
    key_changes,
    key_creation,
    principals,
)
from tests.support.associations import stored_items
from tests.support.client import ROOT, Client, Response

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

KEYS = f"{ROOT}/api-keys"
HOUR = timedelta(hours=1)


def moment(delta: timedelta) -> str:
    return (datetime.now(UTC) + delta).isoformat()


@pytest.fixture
def owner(table: str) -> Client:
    """A client whose key may do everything, and manage keys."""
    accounts.create("acme")
    return Client(key_creation.create_key("acme", principals.SCOPES))


@pytest.fixture
def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """Processes that look up every key for every request."""
    monkeypatch.setattr(authentication, "CACHE_SECONDS", 0)


def create(owner: Client, **body: Any) -> Response:
    return owner.call("POST", KEYS, body=body)


def created(owner: Client, **body: Any) -> tuple[str, Client]:
    answer = create(owner, **body)
    assert answer.status == 201, answer.text
    return answer.json["keyId"], Client(answer.json["apiKey"])


def listed(owner: Client, key_id: str) -> dict[str, Any]:
    found: dict[str, Any] = owner.call("GET", f"{KEYS}/{key_id}").json
    return found


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


def test_only_a_key_that_may_manage_keys_sees_them(owner: Client) -> None:
    key_id, manager = created(owner, scopes=[principals.MANAGE])
    for method, path, body in (
        ("GET", KEYS, None),
        ("POST", KEYS, {}),
        ("GET", f"{KEYS}/{key_id}", None),
        ("PUT", f"{KEYS}/{key_id}", {}),
        ("DELETE", f"{KEYS}/{key_id}", None),
        ("POST", f"{KEYS}/{key_id}/rotate", {}),
    ):
        assert manager.call(method, path, body=body).status == 403


@pytest.mark.parametrize("scope", [principals.MANAGE, principals.READ])
def test_no_key_grants_more_than_it_has(owner: Client, scope: str) -> None:
    stronger, _ = created(owner, scopes=[scope])
    _, only_keys = created(owner, scopes=[principals.KEYS])
    assert create(only_keys, scopes=[scope]).status == 403
    assert only_keys.call("POST", f"{KEYS}/{stronger}/rotate", body={}).status == 403
    assert create(only_keys, scopes=[principals.KEYS]).status == 201


def test_no_key_outlives_the_one_it_is_made_with(owner: Client) -> None:
    _, brief = created(owner, scopes=list(principals.SCOPES), expiresAt=moment(HOUR))
    lasting, _ = created(owner)
    assert create(brief).status == 403
    assert create(brief, expiresAt=moment(2 * HOUR)).status == 403
    assert create(brief, expiresAt=moment(HOUR / 2)).status == 201
    assert brief.call("POST", f"{KEYS}/{lasting}/rotate", body={}).status == 403
    key_id, _ = created(brief, expiresAt=moment(HOUR / 2))
    assert brief.call("PUT", f"{KEYS}/{key_id}", body={}).status == 403


# --- the end of a key ---------------------------------------------------------------------------


@pytest.mark.usefixtures("forget")
def test_a_revoked_key_is_refused_and_still_listed(owner: Client) -> None:
    key_id, client = created(owner)
    assert client.list("applications").status == 200
    assert owner.call("DELETE", f"{KEYS}/{key_id}").status == 204
    assert client.list("applications").status == 401
    assert listed(owner, key_id)["state"] == "REVOKED"
    assert owner.call("DELETE", f"{KEYS}/{key_id}").status == 204


def test_a_revoked_key_is_refused_within_ten_seconds_where_it_was_just_used(
    owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_id, client = created(owner)
    assert client.list("applications").status == 200
    owner.call("DELETE", f"{KEYS}/{key_id}")
    later = time.time() + 10
    monkeypatch.setattr("time.time", lambda: later)
    assert client.list("applications").status == 401


def test_a_clock_that_was_set_back_does_not_keep_a_key(
    owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_id, client = created(owner)
    assert client.list("applications").status == 200
    owner.call("DELETE", f"{KEYS}/{key_id}")
    earlier = time.time() - 60
    monkeypatch.setattr("time.time", lambda: earlier)
    assert client.list("applications").status == 401


def test_an_expired_key_is_refused_at_once_even_where_it_is_remembered(
    owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    end = datetime.now(UTC) + HOUR
    key_id, client = created(owner, expiresAt=end.isoformat())
    monkeypatch.setattr("time.time", lambda: end.timestamp() - 1)
    assert client.list("applications").status == 200
    monkeypatch.setattr("time.time", lambda: end.timestamp() + 1)
    assert client.list("applications").status == 401
    assert listed(owner, key_id)["state"] == "EXPIRED"


@pytest.mark.usefixtures("forget")
def test_a_key_can_be_made_to_expire_and_is_then_over(owner: Client) -> None:
    key_id, client = created(owner, name="Shop")
    body = {"name": "Shop, old", "expiresAt": moment(-HOUR)}
    assert owner.call("PUT", f"{KEYS}/{key_id}", body=body).status == 204
    assert client.list("applications").status == 401
    found = listed(owner, key_id)
    assert (found["name"], found["state"]) == ("Shop, old", "EXPIRED")
    assert owner.call("PUT", f"{KEYS}/{key_id}", body={}).status == 409
    assert owner.call("POST", f"{KEYS}/{key_id}/rotate", body={}).status == 409


# --- rotation -----------------------------------------------------------------------------------


@pytest.mark.usefixtures("forget")
def test_both_secrets_are_good_during_the_overlap_and_one_after_it(
    owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_id, old = created(owner, platform=[{"applicationId": "shop"}])
    answer = owner.call("POST", f"{KEYS}/{key_id}/rotate", body={"overlapSeconds": 60})
    new = Client(answer.json["apiKey"])
    assert answer.json["keyId"] == key_id
    assert old.list("applications").status == new.list("applications").status == 200
    assert new.create("applications", "other").status == 403
    later = time.time() + 61
    monkeypatch.setattr("time.time", lambda: later)
    assert old.list("applications").status == 401
    assert new.list("applications").status == 200


@pytest.mark.usefixtures("forget")
def test_a_rotation_without_overlap_ends_every_older_secret(owner: Client) -> None:
    key_id, first = created(owner)
    second = Client(owner.call("POST", f"{KEYS}/{key_id}/rotate", body={}).json["apiKey"])
    answer = owner.call("POST", f"{KEYS}/{key_id}/rotate", body={"overlapSeconds": 0})
    third = Client(answer.json["apiKey"])
    statuses = [client.list("applications").status for client in (first, second, third)]
    assert statuses == [401, 401, 200]


@pytest.mark.usefixtures("forget")
def test_a_key_has_two_secrets_at_most(owner: Client) -> None:
    key_id, first = created(owner)
    rotated = [owner.call("POST", f"{KEYS}/{key_id}/rotate", body={}) for _ in range(2)]
    clients = [first, *(Client(answer.json["apiKey"]) for answer in rotated)]
    assert [client.list("applications").status for client in clients] == [401, 200, 200]
    assert owner.call("DELETE", f"{KEYS}/{key_id}").status == 204
    assert [client.list("applications").status for client in clients] == [401, 401, 401]


@pytest.mark.usefixtures("forget")
def test_a_rotated_key_can_still_be_made_to_expire(owner: Client) -> None:
    key_id, first = created(owner)
    second = Client(owner.call("POST", f"{KEYS}/{key_id}/rotate", body={}).json["apiKey"])
    body = {"expiresAt": moment(-HOUR)}
    assert owner.call("PUT", f"{KEYS}/{key_id}", body=body).status == 204
    assert first.list("applications").status == second.list("applications").status == 401


# --- the last use -------------------------------------------------------------------------------


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


@pytest.mark.parametrize("overlap", [-1, 10**9, "60", 1.5, True])
def test_an_overlap_that_cannot_be_is_a_bad_request(owner: Client, overlap: Any) -> None:
    key_id, _ = created(owner)
    body = {"overlapSeconds": overlap}
    assert owner.call("POST", f"{KEYS}/{key_id}/rotate", body=body).status == 400


def test_an_overlap_is_a_whole_number_however_it_is_written(owner: Client) -> None:
    key_id, client = created(owner)
    path = f"{KEYS}/{key_id}/rotate"
    assert owner.call("POST", path, body={"overlapSeconds": 60.0}).status == 201
    assert client.list("applications").status == 200


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


# --- no key ends what it could not have created ---------------------------------------------------


def test_a_key_that_only_manages_keys_cannot_change_keys_that_can_do_more(owner: Client) -> None:
    _, manager = created(owner, scopes=[principals.KEYS])
    wider, client = created(owner, scopes=[principals.MANAGE])
    for method, path, body in (
        ("DELETE", f"{KEYS}/{wider}", None),
        ("PUT", f"{KEYS}/{wider}", {"name": "Mine"}),
        ("POST", f"{KEYS}/{wider}/rotate", {}),
    ):
        assert manager.call(method, path, body=body).status == 403
    assert client.list("applications").status == 200


def test_the_last_key_that_can_manage_keys_cannot_end(owner: Client) -> None:
    own = next(key["keyId"] for key in owner.call("GET", KEYS).json["results"])
    assert owner.call("DELETE", f"{KEYS}/{own}").status == 409
    soon = {"expiresAt": moment(HOUR)}
    assert owner.call("PUT", f"{KEYS}/{own}", body=soon).status == 409
    other, _ = created(owner, scopes=list(principals.SCOPES))
    assert owner.call("DELETE", f"{KEYS}/{own}").status == 204
    assert other


@pytest.mark.usefixtures("forget")
def test_a_revoked_key_that_a_process_still_caches_makes_no_key(
    owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    key_id, manager = created(owner, scopes=list(principals.SCOPES))
    assert manager.call("GET", KEYS).status == 200
    monkeypatch.setattr(authentication, "CACHE_SECONDS", 60)
    assert manager.call("GET", KEYS).status == 200
    assert owner.call("DELETE", f"{KEYS}/{key_id}").status == 204
    assert create(manager, scopes=[principals.MANAGE]).status == 403
    wider = created(owner)[0]
    assert manager.call("POST", f"{KEYS}/{wider}/rotate", body={}).status == 403
    assert manager.call("DELETE", f"{KEYS}/{wider}").status == 403


def test_a_key_that_ends_soon_does_not_rename_one_that_lasts(owner: Client) -> None:
    _, short = created(owner, scopes=list(principals.SCOPES), expiresAt=moment(HOUR))
    lasting, _ = created(owner)
    assert short.call("PUT", f"{KEYS}/{lasting}", body={"name": "Mine"}).status == 403


def test_keys_that_have_ended_do_not_count(owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_changes, "MAXIMUM_KEYS", 2)
    first, _ = created(owner)
    assert create(owner).status == 409
    assert owner.call("DELETE", f"{KEYS}/{first}").status == 204
    assert create(owner).status == 201


def test_the_oldest_key_that_has_ended_makes_room_in_a_full_list(
    owner: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(key_changes, "MAXIMUM_LISTED", 3)
    first, second = (created(owner)[0] for _ in range(2))
    for key_id in (first, second):
        assert owner.call("DELETE", f"{KEYS}/{key_id}").status == 204
    third, _ = created(owner)
    listed_ids = {key["keyId"] for key in owner.call("GET", KEYS).json["results"]}
    assert first not in listed_ids
    assert {second, third} <= listed_ids
