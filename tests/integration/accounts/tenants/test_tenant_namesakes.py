"""What the key of a tenant sees after its application was deleted and created again."""

import pytest

from provisioning.accounts import key_changes
from provisioning.core.origins import Origin
from tests.support.associations import sms
from tests.support.client import ROOT, Client
from tests.support.senders import Settle, create_strategy
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
