"""Keys of an application that was deleted and created again, also those a process has cached."""

import pytest

from provisioning.accounts import authentication, key_creation, principals
from provisioning.accounts.restrictions import Pair
from provisioning.core import identities
from provisioning.core.errors import NotFoundError
from provisioning.core.origins import SYSTEM
from provisioning.operations import association_creation, lookup, worker
from provisioning.resources import associations
from tests.support.associations import shown, sms
from tests.support.client import ROOT, Client
from tests.support.restricted_keys import bound
from tests.support.senders import STRATEGIES, Settle, create_strategy, inbound, resolve


def test_a_key_does_not_get_the_namesake_of_its_application(
    world: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authentication, "CACHE_SECONDS", 0)
    key = bound(Pair("shop", None))
    world.delete("applications", "shop")
    assert key.get("applications", "shop").status == 404
    world.create("applications", "shop")
    assert key.get("applications", "shop").status == 404
    assert key.rename("applications", "shop", {"applicationName": "Mine"}).status == 404
    assert key.delete("applications", "shop").status == 404
    assert key.list("associations").json["results"] == []


def test_a_key_keeps_the_application_that_it_creates_again_itself(
    world: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authentication, "CACHE_SECONDS", 0)
    key = bound(Pair("shop", None))
    assert key.delete("applications", "shop").status == 200
    assert key.create("applications", "shop").status == 201
    assert key.get("applications", "shop").status == 200


@pytest.fixture
def cached_key(world: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """A client of a key of the application ``shop``, which stays cached for the whole test."""
    monkeypatch.setattr(authentication, "CACHE_SECONDS", 3600)
    key = bound(Pair("shop", None), scopes=(principals.MANAGE, principals.SENDING))
    assert key.get("applications", "shop").status == 200
    return key


@pytest.mark.parametrize("if_match", [False, True])
def test_a_cached_key_changes_nothing_of_the_namesake_of_its_application(
    world: Client, cached_key: Client, *, if_match: bool
) -> None:
    world.delete("applications", "shop")
    world.create("applications", "shop")
    world.link(sms("shop", None, "9"))
    namesake = world.get("applications", "shop")
    path = f"{ROOT}/applications/shop"
    headers = {"If-Match": namesake.headers["ETag"]} if if_match else {}
    links = {"link": [sms("shop", None, "8")], "unlink": [sms("shop", None, "9")]}
    answers = [
        cached_key.call("PUT", path, body={"applicationName": "Mine"}, headers=headers),
        cached_key.call("PATCH", path, body={"protected": True}, headers=headers),
        cached_key.call("DELETE", path, headers=headers),
        cached_key.link(sms("shop", None, "8")),
        cached_key.unlink(sms("shop", None, "9")),
    ]
    assert [one.status for one in answers] == [404] * 5
    for collection, body in (("associations", links), ("applications", {"delete": ["shop"]})):
        bulk = cached_key.call("POST", f"{ROOT}/{collection}/bulk", body=body).json
        assert {one["status"] for one in bulk["results"]} == {404}
    refused = cached_key.call("POST", STRATEGIES, body={"platform": {"applicationId": "shop"}})
    assert (refused.status, refused.json["violations"]) == (
        400,
        [{"property": "platform.applicationId", "violation": "does not exist"}],
    )
    present = world.get("applications", "shop")
    assert (present.json, present.headers["ETag"]) == (namesake.json, namesake.headers["ETag"])
    assert world.list("associations", resourceId="9").json["results"] == [
        shown(sms("shop", None, "9"))
    ]


def test_a_cached_key_sees_nothing_of_the_namesake_of_its_application(
    world: Client, cached_key: Client
) -> None:
    world.delete("applications", "shop")
    world.create("applications", "shop")
    new = sms("shop", None, "9")
    world.link(new)
    path = f"{ROOT}/applications/shop"
    answers = [
        cached_key.call("GET", path),
        cached_key.call("GET", f"{path}/impact"),
        cached_key.single(new),
        cached_key.call("GET", f"{ROOT}/resources/NUMBER/9"),
    ]
    assert [one.status for one in answers] == [404] * 4
    assert cached_key.list("applications", include="counts").json["results"] == []
    listed = cached_key.list("associations", resourceId="9").json
    assert (listed["results"], listed["paging"]["totalResults"]) == ([], 0)


def test_a_cached_key_is_answered_nothing_of_the_namesake_of_its_application(
    world: Client, cached_key: Client, settle: Settle
) -> None:
    manager = Client(key_creation.create_key("acme", principals.SCOPES))
    world.delete("applications", "shop")
    settle()
    world.create("applications", "shop")
    world.link(sms("shop", None, "9"))
    strategy = create_strategy(manager, {"applicationId": "shop"})
    deleted = world.delete("applications", "shop")
    operation = deleted.headers["Operation-Location"].removeprefix("/v1")
    settle()
    world.create("applications", "shop")
    world.link(sms("shop", None, "10"))
    newest = create_strategy(manager, {"applicationId": "shop"})
    settle()
    resolved = resolve(cached_key, "447700900123", {"applicationId": "shop"})
    answers = [
        resolved,
        *(cached_key.call("GET", f"{ROOT}/resources/NUMBER/{number}") for number in (9, 10)),
        *(cached_key.call("GET", f"{operation}{part}") for part in ("", "/links")),
        *(cached_key.call("POST", f"{operation}/{do}") for do in ("undo", "resume", "cancel")),
        *(cached_key.call("DELETE", f"{STRATEGIES}/{one}") for one in (strategy, newest)),
    ]
    assert [one.status for one in answers] == [404] * len(answers)
    for path in (f"{ROOT}/operations", f"{ROOT}/audit", STRATEGIES):
        assert cached_key.call("GET", path).json["results"] == []
    assert [inbound(cached_key, number)["owners"] for number in ("9", "10")] == [[], []]
    assert manager.call("GET", STRATEGIES).json["paging"]["totalResults"] == 1


def change_everything(key: Client) -> list[int]:
    """Change the application ``shop`` in each way; returns the statuses."""
    path = f"{ROOT}/applications/shop"
    return [
        key.rename("applications", "shop", {"applicationName": "Mine"}).status,
        *(key.call("PATCH", path, body={"protected": on}).status for on in (True, False)),
        key.link(sms("shop", None, "8")).status,
        key.unlink(sms("shop", None, "8")).status,
        key.delete("applications", "shop").status,
    ]


ALL_CHANGED = [204, 204, 204, 201, 204, 200]


def test_a_cached_key_changes_the_application_that_it_creates_again_itself(
    cached_key: Client,
) -> None:
    assert change_everything(cached_key) == ALL_CHANGED
    assert cached_key.create("applications", "shop").status == 201
    assert change_everything(cached_key) == ALL_CHANGED


def test_a_cached_key_changes_its_application_that_was_restored(
    world: Client, cached_key: Client
) -> None:
    location = world.delete("applications", "shop").headers["Operation-Location"]
    operation_id = location.rpartition("/")[2]
    worker.advance(lookup.get("acme", operation_id))
    assert world.call("POST", f"{ROOT}/operations/{operation_id}/undo").status == 202
    assert change_everything(cached_key) == ALL_CHANGED


def test_a_key_that_was_cached_before_its_application_existed_changes_only_its_own(
    world: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authentication, "CACHE_SECONDS", 3600)
    world.delete("applications", "shop")
    key = bound(Pair("shop", None))
    assert key.get("applications", "shop").status == 404
    world.create("applications", "shop")
    assert change_everything(key) == [404] * 6
    world.delete("applications", "shop")
    assert key.create("applications", "shop").status == 201
    assert change_everything(key) == ALL_CHANGED


def test_a_key_that_was_cached_while_nobody_had_its_id_sees_what_it_does_with_it(
    world: Client, settle: Settle, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authentication, "CACHE_SECONDS", 3600)
    key = bound(Pair("shop", None))
    world.delete("applications", "shop")
    world.create("applications", "shop")
    world.delete("applications", "shop")
    settle()
    assert key.list("operations").json["results"] == []
    assert key.create("applications", "shop").status == 201
    settle()
    assert [entry["action"] for entry in key.list("audit").json["results"]] == ["CREATED"]


def test_a_key_of_a_namesake_neither_sees_nor_deletes_what_is_still_to_be_moved(
    client: Client,
) -> None:
    client.create("applications", "shop")
    client.link(sms("shop"))
    client.delete("applications", "shop")
    client.create("applications", "shop")
    tenant = bound(Pair("shop", None))
    single = {member: value for member, value in sms("shop").items() if value is not None}
    assert tenant.call("GET", f"{ROOT}/associations/single", query=single).status == 404
    assert tenant.unlink(sms("shop")).status == 404
    bulk = tenant.call("POST", f"{ROOT}/associations/bulk", body={"unlink": [sms("shop")]}).json
    assert [result["status"] for result in bulk["results"]] == [404]
    assert client.call("GET", f"{ROOT}/associations/single", query=single).status == 200
    client.unlink(sms("shop"))
    assert tenant.link(sms("shop")).status == 201
    assert tenant.call("GET", f"{ROOT}/associations/single", query=single).status == 200
    assert tenant.unlink(sms("shop")).status == 204


def test_a_key_whose_application_is_created_again_while_it_links_creates_nothing(
    world: Client, cached_key: Client
) -> None:
    principal = authentication.authenticate(str(cached_key.api_key))
    link = identities.of(sms("shop", None, "1"))
    known = associations.generations_for("acme", [link], principal)
    made = associations.new_items("acme", link, SYSTEM, known)
    world.delete("applications", "shop")
    world.create("applications", "shop")
    with pytest.raises(NotFoundError):
        association_creation.create("acme", link, SYSTEM, made=made, principal=principal)
    association_creation.create("acme", link, SYSTEM, made=made)
