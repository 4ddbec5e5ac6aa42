"""What a restricted key may link, delete, undo and protect."""

from provisioning.accounts.restrictions import Pair
from tests.support.associations import sms
from tests.support.client import ROOT, Client
from tests.support.restricted_keys import bound


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
