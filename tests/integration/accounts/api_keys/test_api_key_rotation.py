"""A new secret for an API key, and how long the old one stays good."""

import time
from typing import Any

import pytest

from tests.support.api_keys import HOUR, KEYS, created, moment
from tests.support.client import Client


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
