"""Keys that are bound to applications and entities: what they see is all there is."""

import itertools
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provisioning.accounts import authentication, key_creation, principals, restrictions
from provisioning.accounts.key_creation import NewKey
from provisioning.accounts.restrictions import Pair
from provisioning.core.origins import COMMAND
from provisioning.operations import lookup, worker
from tests.support.associations import shown, sms
from tests.support.client import ROOT, Client
from tests.support.senders import STRATEGIES

APPLICATIONS = ("default", "shop", "blog")
ENTITIES = ("acme", "umbra")
LINKS = [
    sms(application, entity, f"{number}")
    for (application, entity), number in itertools.product(
        itertools.product(APPLICATIONS, (None, *ENTITIES)), (1, 2)
    )
]


def bound(*pairs: Pair, scopes: tuple[str, ...] = (principals.MANAGE,)) -> Client:
    wanted = NewKey(scopes, restrictions.simplified(pairs))
    return Client(key_creation.create("acme", wanted, COMMAND)[1])


@pytest.fixture
def world(client: Client) -> Client:
    """A client of an account with a few of everything."""
    for application in APPLICATIONS[1:]:
        client.create("applications", application)
    for entity in ENTITIES:
        client.create("entities", entity)
    for link in LINKS:
        assert client.link(link).status == 201
    return client


ids = st.sampled_from(APPLICATIONS) | st.none()
pairs = (
    st.tuples(ids, st.sampled_from(ENTITIES) | st.none()).filter(any).map(lambda ids: Pair(*ids))
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(
    st.lists(pairs, min_size=1, max_size=5),
    st.fixed_dictionaries(
        {},
        optional={
            "applicationId": st.sampled_from(APPLICATIONS),
            "entityId": st.sampled_from([*ENTITIES, "null"]),
            "resourceId": st.sampled_from(["1", "2"]),
        },
    ),
    st.integers(1, 5),
)
def test_pages_of_associations_omit_those_that_the_key_does_not_cover(
    world: Client, given_pairs: list[Pair], filters: dict[str, str], size: int
) -> None:
    key = bound(*given_pairs)
    binding = restrictions.Binding.of(tuple(given_pairs))
    whole = world.list("associations", **filters, size=1000).json["results"]
    expected = [
        link for link in whole if binding.covers(link["applicationId"], link.get("entityId"))
    ]
    results: list[Any] = []
    for page in itertools.count():
        answer = key.list("associations", **filters, page=page, size=size).json
        assert answer["paging"]["totalResults"] == len(expected)
        if not answer["results"]:
            break
        results += answer["results"]
    assert results == key.list("associations", **filters, size=1000).json["results"]
    assert sorted(results, key=by_identity) == sorted(expected, key=by_identity)


def by_identity(link: dict[str, str]) -> list[tuple[str, str]]:
    return sorted(link.items())


def test_lists_and_totals_contain_only_what_the_key_covers(world: Client) -> None:
    key = bound(Pair("shop", None), Pair("gone", "acme"))
    for collection, expected in (("applications", ["shop"]), ("entities", ["acme"])):
        answer = key.list(collection)
        assert answer.ids == expected
        assert answer.json["paging"]["totalResults"] == 1
        assert key.list(collection, page=1).json["results"] == []


def test_a_parent_that_the_key_does_not_cover_is_not_found(world: Client) -> None:
    key = bound(Pair("shop", None))
    for collection, identifier in (
        ("applications", "blog"),
        ("applications", "default"),
        ("entities", "acme"),
        ("applications", "nothing"),
    ):
        assert key.get(collection, identifier).status == 404
        assert key.rename(collection, identifier, {}).status == 404
        assert key.delete(collection, identifier).status == 404
    other = sms("blog", "acme", "1")
    assert key.single(other).status == 404
    assert key.unlink(other).status == 404
    assert world.single(other).status == 200


def test_links_are_created_only_within_the_binding_of_the_key(world: Client) -> None:
    key = bound(Pair("shop", "acme"))
    assert key.link(sms("shop", "acme", "9")).status == 201
    for outside in (
        sms("shop", None, "9"),
        sms("shop", "umbra", "9"),
        sms("blog", "acme", "9"),
        sms("default", None, "9"),
    ):
        assert key.link(outside).status == 404
        assert world.single(outside).status == 404
    assert key.unlink(sms("shop", "acme", "9")).status == 204


def test_a_create_outside_is_refused_whether_or_not_the_id_is_taken(world: Client) -> None:
    key = bound(Pair("new", None), Pair(None, "newcomer"))
    assert key.create("applications", "blog").text == key.create("applications", "none").text
    assert key.create("applications", "none").status == 403
    assert world.get("applications", "none").status == 404
    assert key.create("applications", "new").status == 201
    assert key.create("entities", "newcomer").status == 201


def test_a_key_that_shares_an_application_cannot_delete_or_rename_it(world: Client) -> None:
    key = bound(Pair("shop", "acme"))
    assert key.get("applications", "shop").status == 200
    assert key.delete("applications", "shop").status == 403
    assert key.rename("entities", "acme", {"entityName": "Mine"}).status == 403
    assert world.single(sms("shop", "umbra", "1")).json == shown(sms("shop", "umbra", "1"))


def test_operations_are_seen_by_whom_their_parent_belonged_to(world: Client) -> None:
    key, other = bound(Pair("shop", None)), bound(Pair("blog", None))
    operation = key.delete("applications", "shop").headers["Operation-Location"]
    path = operation.removeprefix("/v1")
    assert key.call("GET", path).status == 200
    assert other.call("GET", path).status == 404
    assert other.call("POST", f"{path}/resume").status == 404
    operations = f"{ROOT}/operations"
    assert key.call("GET", operations).json["paging"]["totalResults"] == 1
    assert other.call("GET", operations).json["paging"]["totalResults"] == 0


def test_a_bound_key_manages_no_keys(world: Client) -> None:
    assert bound(Pair("shop", None)).call("GET", f"{ROOT}/api-keys").status == 403


def test_a_bound_key_that_may_only_read_changes_nothing(world: Client) -> None:
    key = bound(Pair("shop", None), scopes=(principals.READ,))
    assert key.get("applications", "shop").status == 200
    assert key.delete("applications", "shop").status == 403
    assert key.link(sms("shop", None, "9")).status == 403


# --- the tenants of one account -----------------------------------------------------------------


def test_a_key_links_its_application_only_with_entities_of_its_binding(world: Client) -> None:
    key = bound(Pair("shop", None), Pair("blog", "acme"))
    assert key.link(sms("shop", None, "21")).status == 201
    assert key.link(sms("shop", "acme", "21")).status == 201
    foreign, missing = (key.link(sms("shop", entity, "21")) for entity in ("umbra", "missing"))
    assert (foreign.status, foreign.text) == (missing.status, missing.text) == (404, missing.text)
    assert world.list("associations", entityId="umbra", resourceId="21").json["results"] == []


def test_a_key_may_link_any_entity_if_its_binding_says_so(world: Client) -> None:
    key = bound(Pair("shop", None, links_any=True))
    assert key.link(sms("shop", "umbra", "21")).status == 201
    assert key.link(sms("shop", "missing", "21")).status == 404


def test_a_key_of_an_entity_links_it_under_default_and_its_own_applications(world: Client) -> None:
    key = bound(Pair(None, "acme"))
    assert key.link(sms("default", "acme", "21")).status == 201
    assert key.link(sms("shop", "acme", "21")).status == 404


def test_bulk_requests_follow_the_same_rule(world: Client) -> None:
    key = bound(Pair("shop", None))
    body = {"link": [sms("shop", entity, "21") for entity in ("umbra", "missing", None)]}
    answer = key.call("POST", f"{ROOT}/associations/bulk", body=body)
    assert [one["status"] for one in answer.json["results"]] == [404, 404, 201]


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


def test_a_restricted_key_does_not_remove_a_protection_of_the_account(world: Client) -> None:
    key, path = bound(Pair("shop", None)), f"{ROOT}/applications/shop"
    assert world.call("PATCH", path, body={"protected": True}).status == 204
    assert key.call("PATCH", path, body={"protected": False}).status == 403
    assert world.delete("applications", "shop").status == 409
    assert world.call("PATCH", path, body={"protected": False}).status == 204
    assert key.call("PATCH", path, body={"protected": True}).status == 204
    assert key.call("PATCH", path, body={"protected": False}).status == 204


def test_a_restricted_key_undoes_only_its_own_operations(world: Client) -> None:
    key = bound(Pair("shop", None))
    query = "?onLinked=reassign&targetApplicationId=blog"
    moved = world.call("DELETE", f"{ROOT}/applications/shop{query}")
    path = moved.headers["Operation-Location"].removeprefix("/v1")
    for action in ("undo", "resume", "cancel"):
        assert key.call("POST", f"{path}/{action}").status == 403


def test_the_impact_for_a_restricted_key_does_not_show_merges(world: Client) -> None:
    path = f"{ROOT}/applications/shop/impact"
    assert "merged" in world.call("GET", path).json
    assert "merged" not in bound(Pair("shop", None)).call("GET", path).json


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
