"""Associations whose parent was deleted, until its operation reaches them.

The stream is not read in these tests, so no operation runs: what is seen is the time in between.
"""

from typing import TYPE_CHECKING

import pytest

from tests.support.associations import check_agreement, shown, sms, stored_items
from tests.support.client import ROOT, Client, path_of

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


def test_what_is_in_the_way_goes_where_its_deletion_sends_it(client: Client) -> None:
    client.create("applications", "till")
    deleted = client.call("DELETE", path_of("applications", "shop"), query=ELSEWHERE)
    client.create("applications", "shop")
    assert client.link(LINKED).status == 201
    assert client.single(LINKED | {"applicationId": "till"}).status == 200
    assert client.single(LEFT_BEHIND).status == 404
    operation_id = deleted.headers["Operation-Location"].rpartition("/")[2]
    path = f"{ROOT}/operations/{operation_id}"
    assert client.call("GET", path).json["done"] == 1
    (outcome,) = client.call("GET", f"{path}/links").json["results"]
    assert outcome == {
        "outcome": "MOVED",
        "before": LINKED,
        "after": LINKED | {"applicationId": "till"},
    }


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
