"""Associations whose parent was deleted, until its operation reaches them.

The stream is not read in these tests, so no operation runs: what is seen is the time in between.
"""

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from provisioning.accounts import key_creation
from provisioning.accounts.key_creation import NewKey
from provisioning.accounts.principals import MANAGE
from provisioning.accounts.restrictions import Pair
from provisioning.core.origins import COMMAND
from tests.support.associations import check_agreement, shown, sms, stored_items
from tests.support.client import ROOT, Client, Response, path_of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

LINKED = sms("shop", "acme")
LEFT_BEHIND = sms()
ELSEWHERE = {"onLinked": "reassign", "targetApplicationId": "till"}


@pytest.fixture(autouse=True)
def linked(client: Client) -> None:
    """An association with both kinds of parent."""
    client.create("applications", "shop")
    client.create("entities", "acme")
    client.link(LINKED)


@pytest.fixture(autouse=True)
def items_agree(database: "DynamoDBClient", table: str, linked: None) -> object:
    """Check after every test that no association is half written."""
    yield
    check_agreement(database, table)


def recreate(client: Client, collection: str, identifier: str) -> None:
    client.delete(collection, identifier)
    client.create(collection, identifier)


@pytest.mark.parametrize(
    ("collection", "identifier"), [("applications", "shop"), ("entities", "acme")]
)
def test_a_link_to_a_deleted_parent_can_be_created_for_its_namesake(
    client: Client, collection: str, identifier: str
) -> None:
    recreate(client, collection, identifier)
    assert client.link(LINKED).status == 201
    assert client.link(LINKED).status == 409
    assert client.single(LINKED).json == LINKED


def test_a_resource_that_is_linked_again_stays_under_default_too(client: Client) -> None:
    recreate(client, "applications", "shop")
    client.link(LINKED)
    assert client.single(LEFT_BEHIND).json == shown(LEFT_BEHIND)
    assert client.list("associations").json["paging"]["totalResults"] == 2


def test_a_resource_that_is_already_under_default_is_not_doubled(
    client: Client, database: "DynamoDBClient", table: str
) -> None:
    client.link(LEFT_BEHIND)
    before = [
        item for item in stored_items(database, table) if item.get("applicationId") == "default"
    ]
    recreate(client, "entities", "acme")
    assert client.link(LINKED).status == 201
    after = [
        item for item in stored_items(database, table) if item.get("applicationId") == "default"
    ]
    assert len(before) == 3
    assert after == before


def test_linking_takes_the_namesake_s_generation(
    client: Client, database: "DynamoDBClient", table: str
) -> None:
    recreate(client, "applications", "shop")
    client.link(LINKED)
    held = list(stored_items(database, table))
    (application,) = [item for item in held if item.get("id") == "shop"]
    marked = [item for item in held if item.get("applicationId") == "shop"]
    assert len(marked) == 3
    assert {item["applicationGeneration"] for item in marked} == {application["generation"]}


def test_without_a_namesake_the_parent_is_not_found(client: Client) -> None:
    client.delete("applications", "shop")
    assert client.link(LINKED).status == 404


def test_a_stale_association_can_still_be_deleted(client: Client) -> None:
    recreate(client, "applications", "shop")
    assert client.unlink(LINKED).status == 204
    assert client.link(LINKED).status == 201
    assert client.single(LEFT_BEHIND).status == 404


def test_another_association_of_the_parent_is_left_alone(client: Client) -> None:
    neighbour = LINKED | {"resourceId": "another"}
    client.link(neighbour)
    recreate(client, "applications", "shop")
    client.link(LINKED)
    assert client.single(neighbour).status == 200
    assert client.single(neighbour | {"applicationId": "default", "entityId": None}).status == 404


def outcomes(client: Client, deleted: Response) -> list[Any]:
    """Return what became of the links of an operation, each of which it counts."""
    path = f"{ROOT}/operations/{deleted.headers['Operation-Location'].rpartition('/')[2]}"
    listed: list[Any] = client.call("GET", f"{path}/links").json["results"]
    assert client.call("GET", path).json["done"] == len(listed)
    return listed


def test_what_is_in_the_way_goes_where_its_deletion_sends_it(client: Client) -> None:
    client.create("applications", "till")
    deleted = client.call("DELETE", path_of("applications", "shop"), query=ELSEWHERE)
    client.create("applications", "shop")
    assert client.link(LINKED).status == 201
    assert client.single(LINKED | {"applicationId": "till"}).status == 200
    assert client.single(LEFT_BEHIND).status == 404
    assert outcomes(client, deleted) == [
        {"outcome": "MOVED", "before": LINKED, "after": LINKED | {"applicationId": "till"}}
    ]


def test_what_is_in_the_way_is_deleted_if_its_deletion_says_so(client: Client) -> None:
    path = path_of("applications", "shop")
    deleted = client.call("DELETE", path, query={"onLinked": "unlink"})
    client.create("applications", "shop")
    assert client.link(LINKED).status == 201
    assert client.single(LEFT_BEHIND).status == 404
    (outcome,) = outcomes(client, deleted)
    assert (outcome["outcome"], outcome["before"]) == ("UNLINKED", LINKED)


@pytest.mark.parametrize("path", ["associations", "associations/bulk"])
def test_a_repeated_link_moves_what_is_in_the_way_once(client: Client, path: str) -> None:
    deleted = client.delete("applications", "shop")
    client.create("applications", "shop")
    body = {"link": [LINKED]} if path.endswith("bulk") else LINKED
    again = {"Idempotency-Key": "again"}
    answers = [
        client.call("POST", f"{ROOT}/{path}", body=body, headers=again).status for _ in range(2)
    ]
    assert answers == ([200, 207] if path.endswith("bulk") else [201, 201])
    assert client.link(LINKED).status == 409
    assert len(outcomes(client, deleted)) == 1


def test_the_version_of_what_was_in_the_way_is_not_that_of_the_new_one(client: Client) -> None:
    stale = client.single(LINKED).headers["ETag"]
    recreate(client, "applications", "shop")
    client.link(LINKED)
    assert client.single(LINKED).headers["ETag"] != stale
    unlink = partial(client.call, "DELETE", f"{ROOT}/associations", body=LINKED)
    assert unlink(headers={"If-Match": stale}).status == 412
    assert unlink(headers={"If-Match": client.single(LINKED).headers["ETag"]}).status == 204


def test_a_restricted_key_links_where_another_s_link_is_in_the_way(client: Client) -> None:
    deleted = client.delete("applications", "shop")
    client.create("applications", "shop")
    pair = Pair("shop", "acme")
    tenant = Client(key_creation.create("acme", NewKey((MANAGE,), (pair,)), COMMAND)[1])
    assert tenant.single(LINKED).status == 404
    assert tenant.link(LINKED).status == 201
    assert tenant.single(LINKED).json == LINKED
    assert client.single(LEFT_BEHIND).json == shown(LEFT_BEHIND)
    assert len(outcomes(client, deleted)) == 1


@pytest.mark.parametrize("looked_up", [40, 0])
def test_a_preview_counts_no_merge_with_what_is_moved_out_of_the_way_first(
    client: Client, monkeypatch: pytest.MonkeyPatch, looked_up: int
) -> None:
    monkeypatch.setattr("provisioning.operations.reassignments._LOOKED_UP", looked_up)
    move = {"filter": {"applicationId": "till"}, "target": {"applicationId": "shop"}}
    client.create("applications", "till")
    client.link(LINKED | {"applicationId": "till"})
    preview = partial(client.call, "POST", f"{ROOT}/associations/reassign")
    assert preview(body=move | {"dryRun": True}).json["merged"] == 1
    recreate(client, "applications", "shop")
    assert preview(body=move | {"dryRun": True}).json["merged"] == 0


def test_what_is_in_the_way_goes_where_the_first_of_several_deletions_sends_it(
    client: Client,
) -> None:
    client.create("applications", "till")
    client.call("DELETE", path_of("applications", "shop"), query=ELSEWHERE)
    client.create("applications", "shop")
    recreate(client, "applications", "shop")
    assert client.link(LINKED).status == 201
    assert client.single(LINKED | {"applicationId": "till"}).status == 200
    assert client.single(LEFT_BEHIND).status == 404
