"""Keys that are bound to applications and entities: what they see is all there is."""

import itertools
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from provisioning.accounts import principals, restrictions
from provisioning.accounts.restrictions import Pair
from tests.support.associations import shown, sms
from tests.support.client import ROOT, Client
from tests.support.restricted_keys import APPLICATIONS, ENTITIES, bound

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
