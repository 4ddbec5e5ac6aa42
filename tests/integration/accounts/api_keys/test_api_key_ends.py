"""API keys that are revoked or have expired."""

import time
from datetime import UTC, datetime

import pytest

from provisioning.accounts import key_changes
from tests.support.api_keys import HOUR, KEYS, create, created, listed, moment
from tests.support.client import Client


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


# --- places of keys that have ended -------------------------------------------------------------


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
