"""No API key grants, changes or ends what it could not have created."""

import pytest

from provisioning.accounts import authentication, principals
from tests.support.api_keys import HOUR, KEYS, create, created, moment
from tests.support.client import Client


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
