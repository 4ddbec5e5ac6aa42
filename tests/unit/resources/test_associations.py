"""Associations: every operation and status of the contract."""

from typing import Any

import pytest

from tests.support.associations import shown, sms
from tests.support.client import ROOT, Client

LINKED = sms("shop", "acme")
MEMBERS = ("resourceType", "channel", "applicationId", "entityId", "resourceId")


@pytest.fixture(autouse=True)
def parents(client: Client) -> None:
    """An application and an entity to link to."""
    client.create("applications", "shop")
    client.create("entities", "acme")


def listed(client: Client, **filters: str) -> list[Any]:
    results: list[Any] = client.list("associations", **filters).json["results"]
    return results


EVERY_SHAPE = pytest.mark.parametrize(
    "association",
    [sms("shop", "acme"), sms("shop"), sms("default", "acme"), sms()],
    ids=["both parents", "application only", "default and entity", "default only"],
)


@EVERY_SHAPE
def test_create_answers_201_with_nothing(client: Client, association: dict[str, Any]) -> None:
    answer = client.link(association)
    assert (answer.status, answer.text) == (201, "")


@EVERY_SHAPE
def test_a_created_association_can_be_read(client: Client, association: dict[str, Any]) -> None:
    client.link(association)
    answer = client.single(association)
    assert (answer.status, answer.json) == (200, shown(association))
    assert listed(client) == [shown(association)]


@EVERY_SHAPE
def test_an_exact_duplicate_is_a_conflict(client: Client, association: dict[str, Any]) -> None:
    client.link(association)
    answer = client.link(association)
    assert answer.status == 409
    exception = answer.json["requestError"]["serviceException"]
    assert exception["messageId"] == "CONFLICT"
    assert association["resourceId"] in exception["text"]
    assert len(listed(client)) == 1


@EVERY_SHAPE
def test_delete_answers_204_with_nothing(client: Client, association: dict[str, Any]) -> None:
    client.link(association)
    answer = client.unlink(association)
    assert (answer.status, answer.text) == (204, "")
    assert client.single(association).status == 404
    assert listed(client) == listed(client, entityId="acme") == []


@EVERY_SHAPE
def test_a_missing_association_is_not_found(client: Client, association: dict[str, Any]) -> None:
    client.link(association | {"resourceId": "another"})
    assert client.single(association).status == 404
    assert client.unlink(association).status == 404
    assert len(listed(client)) == 1


@EVERY_SHAPE
def test_a_deleted_association_can_be_created_again(
    client: Client, association: dict[str, Any]
) -> None:
    client.link(association)
    client.unlink(association)
    assert client.link(association).status == 201


@pytest.mark.parametrize(
    "association",
    [sms("nothing"), sms("nothing", "acme"), sms("shop", "nobody"), sms("default", "nobody")],
)
def test_linking_to_a_missing_parent_is_not_found(
    client: Client, association: dict[str, Any]
) -> None:
    assert client.link(association).status == 404
    assert listed(client) == []


def test_linking_to_a_deleted_parent_is_not_found(client: Client) -> None:
    client.delete("entities", "acme")
    assert client.link(LINKED).status == 404


def test_every_member_is_part_of_the_identity(client: Client) -> None:
    client.create("applications", "till")
    client.create("entities", "umbrella")
    variants = [
        LINKED,
        LINKED | {"channel": "WHATSAPP"},
        LINKED | {"resourceType": "ALPHA"},
        LINKED | {"applicationId": "till"},
        LINKED | {"applicationId": "default"},
        LINKED | {"entityId": "umbrella"},
        LINKED | {"entityId": None},
        LINKED | {"resourceId": "447700900124"},
    ]
    assert [client.link(variant).status for variant in variants] == [201] * len(variants)
    assert client.unlink(LINKED).status == 204
    for variant in variants[1:]:
        assert client.single(variant).json == shown(variant)


@pytest.mark.parametrize("entity", [{}, {"entityId": None}])
def test_absent_and_null_entity_are_the_same(client: Client, entity: dict[str, None]) -> None:
    without = {name: value for name, value in sms("shop").items() if name != "entityId"}
    assert client.link(without).status == 201
    assert client.link(without | entity).status == 409
    assert client.unlink(without | entity).status == 204


@pytest.mark.parametrize("word", ["", "null"])
def test_in_a_query_an_empty_entity_and_the_word_null_ask_for_none(
    client: Client, word: str
) -> None:
    client.link(LINKED)
    client.link(LINKED | {"entityId": None})
    query = LINKED | {"entityId": word}
    assert client.single(query).json == shown(LINKED | {"entityId": None})
    assert listed(client, entityId=word) == [shown(LINKED | {"entityId": None})]


def test_without_an_entity_in_the_query_the_one_without_entity_is_meant(client: Client) -> None:
    client.link(LINKED)
    assert client.single(LINKED | {"entityId": None}).status == 404


@pytest.mark.parametrize("member", [name for name in MEMBERS if name != "entityId"])
def test_the_query_for_exactly_one_needs_all_members_but_the_entity(
    client: Client, member: str
) -> None:
    answer = client.single({name: value for name, value in LINKED.items() if name != member})
    assert (answer.status, answer.problems) == (400, {member: ["must not be null"]})


@pytest.mark.parametrize("member", [name for name in MEMBERS if name != "entityId"])
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_body_needs_all_members_but_the_entity(client: Client, method: str, member: str) -> None:
    answer = client.call(method, f"{ROOT}/associations", body=LINKED | {member: None})
    assert (answer.status, answer.problems) == (400, {member: ["must not be null"]})


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_pair_that_makes_no_sense_is_a_bad_request(client: Client, method: str) -> None:
    nonsense = LINKED | {"resourceType": "APPLE_RESOURCE"}
    answer = client.call(method, f"{ROOT}/associations", body=nonsense)
    assert answer.status == 400
    assert answer.problems == {"channel": ["must be one of APPLE for APPLE_RESOURCE"]}


def test_the_query_for_exactly_one_refuses_such_a_pair_too(client: Client) -> None:
    assert client.single(LINKED | {"channel": "EMAIL"}).status == 400


@pytest.mark.parametrize(
    ("filters", "problems"),
    [
        ({"channel": "FAX"}, ["channel"]),
        ({"resourceType": "number"}, ["resourceType"]),
        ({"applicationId": ""}, ["applicationId"]),
        ({"resourceId": " "}, ["resourceId"]),
        ({"entityId": "x" * 256}, ["entityId"]),
        ({"page": "-1", "size": "0", "channel": ""}, ["channel", "page", "size"]),
    ],
)
def test_a_filter_that_cannot_be_is_a_bad_request(
    client: Client, filters: dict[str, str], problems: list[str]
) -> None:
    answer = client.list("associations", **filters)
    assert answer.status == 400
    assert sorted(answer.problems) == problems


def test_a_list_shows_whole_numbers_in_paging(client: Client) -> None:
    client.link(LINKED)
    answer = client.list("associations", size=1)
    paging = {"page": 0, "size": 1, "totalPages": 1, "totalResults": 1}
    assert answer.json == {"results": [LINKED], "paging": paging}
    assert ".0" not in answer.text
