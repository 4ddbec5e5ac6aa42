"""What the key of a tenant sees after its application was deleted and created again."""

from typing import Any

import pytest

from provisioning.accounts import key_changes
from provisioning.accounts.restrictions import Pair
from provisioning.core.origins import Origin
from tests.support.associations import sms
from tests.support.client import ROOT, Client
from tests.support.restricted_keys import bound
from tests.support.senders import STRATEGIES, Settle, create_strategy, resolve
from tests.support.tenants import BINDINGS, FOREIGN, OPERATOR, new_key


def test_a_key_of_a_new_application_does_not_see_what_its_namesake_was(
    world: Client, settle: Settle
) -> None:
    world.rename("applications", "shop", {"applicationName": f"{FOREIGN} name"})
    create_strategy(world, {"applicationId": "shop"})
    settle()
    deleted = world.delete("applications", "shop")
    world.create("applications", "shop")
    settle()
    _, key = new_key(BINDINGS["application"])
    assert key.list("operations").json["paging"]["totalResults"] == 0
    operation = deleted.headers["Operation-Location"].removeprefix("/v1")
    assert key.call("GET", operation).status == 404
    entries = key.list("audit").json["results"]
    assert [entry["action"] for entry in entries] == ["CREATED"]
    assert world.call("GET", f"{ROOT}/resources/NUMBER/1").json["channels"][0]["earlierOwners"]
    assert key.call("GET", f"{ROOT}/resources/NUMBER/1").status == 404

    key.delete("applications", "shop")
    assert key.list("operations").json["paging"]["totalResults"] == 1


@pytest.mark.parametrize("binding", ["application", "application that links any"])
def test_a_key_of_a_new_application_does_not_see_what_is_still_to_be_moved(
    world: Client, settle: Settle, binding: str
) -> None:
    world.delete("applications", "shop")
    world.create("applications", "shop")
    _, key = new_key(BINDINGS[binding])
    assert key.link(sms("shop", None, "new")).status == 201

    def counts() -> list[int]:
        queries = [{}, {"applicationId": "shop"}, {"entityId": "customer"}, {"resourceId": "1"}]
        pages = [key.list("associations", **query, size=1).json for query in queries]
        (application,) = [
            one["linked"]
            for one in key.list("applications", include="counts").json["results"]
            if one["applicationId"] == "shop"
        ]
        return [*(page["paging"]["totalResults"] for page in pages), application]

    every = key.list("associations").json["results"]
    resources = key.call("GET", f"{ROOT}/resources").json["results"]
    assert [one["resourceId"] for one in every] == ["new"]
    assert resources == every
    before = counts()
    owner = key.call("GET", f"{ROOT}/resources/NUMBER/1")
    settle()
    assert before == counts() == [1, 1, 0, 0, 1]
    assert (owner.status, owner.text) == (
        404,
        key.call("GET", f"{ROOT}/resources/NUMBER/1").text,
    )


def test_restored_applications_are_their_keys_again(world: Client, settle: Settle) -> None:
    _, key = new_key(BINDINGS["application"])
    assert restricted_keys(world, "shop") == 1
    deleted = world.delete("applications", "shop")
    assert key.get("applications", "shop").status == 404
    operation = deleted.headers["Operation-Location"].removeprefix("/v1")
    settle()
    assert world.call("POST", f"{operation}/undo").status == 202
    assert key.get("applications", "shop").status == 200
    assert restricted_keys(world, "shop") == 1


def restricted_keys(client: Client, application: str) -> int | None:
    found = client.call("GET", f"{ROOT}/applications/{application}/impact").json
    restricted: int | None = found.get("restrictedApiKeys")
    return restricted


def test_the_impact_counts_the_keys_that_mean_it(world: Client) -> None:
    key_id, key = new_key(BINDINGS["several"])
    new_key(BINDINGS["both"])
    assert restricted_keys(world, "shop") == 2
    assert restricted_keys(key, "shop") is None
    key_changes.revoke(OPERATOR, key_id, Origin("command"))
    assert restricted_keys(world, "shop") == 1
    world.delete("applications", "shop")
    world.create("applications", "shop")
    assert restricted_keys(world, "shop") == 0


@pytest.fixture
def namesake(world: Client) -> str:
    """The application ``shop`` is created again before anything of the old one is removed.

    Returns the id of a strategy of the old one.
    """
    weights = [{"resourceType": "NUMBER", "resourceId": FOREIGN, "weight": 3}]
    assert world.link(sms("shop", None, FOREIGN)).status == 201
    strategy = create_strategy(world, {"applicationId": "shop"}, weights=weights)
    world.delete("applications", "shop")
    world.create("applications", "shop")
    return strategy


@pytest.mark.parametrize("binding", ["application", "application that links any", "several"])
def test_a_key_of_a_new_application_neither_sees_nor_deletes_strategies_of_its_namesake(
    world: Client, namesake: str, binding: str
) -> None:
    _, key = new_key(BINDINGS[binding])
    assert key.call("GET", STRATEGIES).json["paging"]["totalResults"] == 0
    impact = key.call("GET", f"{ROOT}/applications/shop/impact").json
    assert impact["sendingStrategies"] == 0
    missing = key.call("DELETE", f"{STRATEGIES}/01a217b6f95c57e3c055d47a")
    refused = key.call("DELETE", f"{STRATEGIES}/{namesake}")
    assert (refused.status, refused.text) == (404, missing.text)
    own = create_strategy(key, {"applicationId": "shop"})
    listed = key.call("GET", STRATEGIES).json["results"]
    assert [one["sendingStrategyId"] for one in listed] == [own]
    assert key.call("GET", f"{ROOT}/applications/shop/impact").json["sendingStrategies"] == 1
    every = world.call("GET", STRATEGIES).json["results"]
    assert {namesake, own} <= {one["sendingStrategyId"] for one in every}
    assert key.call("DELETE", f"{STRATEGIES}/{own}").status == 204


@pytest.mark.usefixtures("namesake")
def test_a_message_of_a_new_application_gets_no_sender_of_its_namesake(world: Client) -> None:
    _, key = new_key(BINDINGS["application"])
    platform = {"applicationId": "shop"}
    for client in (key, world):
        answer = resolve(client, "447700900123", platform, **{"from": FOREIGN}).json
        assert (answer["sender"], answer["reason"]) == (None, "EMPTY_POOL")
    assert key.link(sms("shop", None, "447700900001")).status == 201
    answer = resolve(key, "447700900123", platform, **{"from": "447700900001"}).json
    assert answer["sender"]["resourceId"] == "447700900001"


@pytest.mark.usefixtures("namesake")
def test_an_if_match_does_not_tell_a_namesakes_association_from_one_that_nobody_has() -> None:
    _, key = new_key(BINDINGS["application"])
    answers = [
        key.call(
            "DELETE",
            f"{ROOT}/associations",
            body=sms("shop", None, resource),
            headers={"If-Match": if_match},
        )
        for resource in (FOREIGN, "nobody's")
        for if_match in ('"x"', "*")
    ]
    assert {(one.status, one.text) for one in answers} == {(404, answers[-1].text)}


def operation_of(deleted: Any) -> str:
    """Return the path of the operation that a deletion has started."""
    location: str = deleted.headers["Operation-Location"]
    return location.removeprefix("/v1")


@pytest.mark.parametrize("kind", ["application", "entity"])
def test_a_key_does_not_see_the_past_of_a_namesake_that_is_gone_too(
    world: Client, settle: Settle, kind: str
) -> None:
    is_application = kind == "application"
    collection, identifier = ("applications", "shop") if is_application else ("entities", "e")
    world.create(collection, identifier)
    key = bound(Pair("shop", None) if is_application else Pair(None, "e"))
    world.delete(collection, identifier)
    settle()
    assert key.list("operations").json["paging"]["totalResults"] == 1
    world.create(collection, identifier)
    world.link(sms("shop", None, FOREIGN) if is_application else sms("default", "e", FOREIGN))
    second = operation_of(world.delete(collection, identifier))
    settle()
    assert key.list("operations").json["results"] == []
    assert key.list("audit").json["results"] == []
    answers = [key.call("GET", f"{second}{part}") for part in ("", "/links")]
    answers += [key.call("GET", f"{ROOT}/resources/NUMBER/{FOREIGN}")]
    assert [one.status for one in answers] == [404] * 3
    # The id is free again, and the key may take it.
    assert key.create(collection, identifier).status == 201
    settle()
    assert [entry["action"] for entry in key.list("audit").json["results"]] == ["CREATED"]


def test_a_key_sees_how_the_application_that_it_created_again_itself_was_deleted(
    world: Client, settle: Settle
) -> None:
    key = bound(Pair("shop", None))
    key.delete("applications", "shop")
    key.create("applications", "shop")
    operation = operation_of(world.delete("applications", "shop"))
    settle()
    assert key.call("GET", operation).status == 200
    assert "DELETED" in [entry["action"] for entry in key.list("audit").json["results"]]


def test_a_key_sees_how_its_application_that_was_restored_was_deleted_once_more(
    world: Client, settle: Settle
) -> None:
    key = bound(Pair("shop", None))
    first = operation_of(world.delete("applications", "shop"))
    settle()
    assert world.call("POST", f"{first}/undo").status == 202
    settle()
    second = operation_of(world.delete("applications", "shop"))
    settle()
    assert key.call("GET", second).status == 200
