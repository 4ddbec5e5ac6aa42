"""Ids of any character, in every operation and every filter."""

from typing import TYPE_CHECKING

import pytest

from provisioning.core.kinds import Kind
from tests.support.associations import check_agreement, shown, sms
from tests.support.client import Client
from tests.support.ids import LOOKALIKES, STRANGE_IDS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

EVERY_STRANGE_ID = pytest.mark.parametrize("strange", STRANGE_IDS.values(), ids=STRANGE_IDS)
EVERY_PAIR = pytest.mark.parametrize(("one", "other"), LOOKALIKES.values(), ids=LOOKALIKES)


@EVERY_STRANGE_ID
def test_a_strange_id_works_in_every_operation_on_parents(
    client: Client, kind: Kind, strange: str
) -> None:
    collection = kind.collection
    assert client.create(collection, strange, strange).status == 201
    assert client.create(collection, strange).status == 409
    assert client.get(collection, strange).json == {
        kind.id_member: strange,
        kind.name_member: strange,
    }
    assert strange in client.list(collection).ids
    assert client.rename(collection, strange, {}).status == 204
    assert client.get(collection, strange).json == {kind.id_member: strange}
    assert client.delete(collection, strange).status == 200
    assert client.get(collection, strange).status == 404


@EVERY_STRANGE_ID
def test_a_strange_id_works_in_every_operation_on_associations(
    client: Client, strange: str
) -> None:
    client.create("applications", strange)
    client.create("entities", strange)
    association = sms(strange, strange, strange)
    assert client.link(association).status == 201
    assert client.link(association).status == 409
    assert client.single(association).json == association
    for filters in (
        {},
        {"applicationId": strange},
        {"entityId": strange},
        {"resourceId": strange},
        {"applicationId": strange, "entityId": strange},
    ):
        assert client.list("associations", **filters).json["results"] == [association]
    assert client.unlink(association).status == 204
    assert client.list("associations").json["results"] == []


def test_strange_ids_are_listed_in_order(client: Client, kind: Kind) -> None:
    for identifier in STRANGE_IDS.values():
        client.create(kind.collection, identifier)
    ids = sorted({*STRANGE_IDS.values(), *kind.built_in})
    assert client.list(kind.collection, size=1000).ids == ids


@EVERY_PAIR
def test_parents_that_look_alike_are_two(client: Client, kind: Kind, one: str, other: str) -> None:
    assert client.create(kind.collection, one, "one").status == 201
    assert client.get(kind.collection, other).status == 404
    assert client.create(kind.collection, other, "other").status == 201
    assert client.delete(kind.collection, one).status == 200
    assert client.get(kind.collection, other).json[kind.name_member] == "other"


@EVERY_PAIR
def test_associations_that_look_alike_are_many(
    client: Client, database: "DynamoDBClient", table: str, one: str, other: str
) -> None:
    for identifier in (one, other):
        client.create("applications", identifier)
        client.create("entities", identifier)
    pairs = [(one, other), (other, one), (one, one), (other, other)]
    alike = [sms(first, second, third) for first, second in pairs for third in (one, other)]
    alike += [sms(first, None, second) for first, second in pairs]
    assert [client.link(association).status for association in alike] == [201] * len(alike)
    for association in alike:
        assert client.single(association).json == shown(association)
    assert client.list("associations", applicationId=one).json["paging"]["totalResults"] == 6
    assert client.list("associations", entityId=other).json["paging"]["totalResults"] == 4
    check_agreement(database, table)
    assert client.unlink(alike[0]).status == 204
    for association in alike[1:]:
        assert client.single(association).status == 200


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (sms("a#NUMBER", "e", "r"), sms("a", "e", "NUMBER#r")),
        (sms("a", "b", "r#"), sms("a", "b", "r")),
        (sms("a", None, "r#b"), sms("a", "b", "r")),
        (sms("a", "b#", "r"), sms("a", "b", "r")),
        (sms("a", "a#a", "r"), sms("a#a", "a", "r")),
    ],
)
def test_separators_within_ids_confuse_nothing(
    client: Client, one: dict[str, str], other: dict[str, str]
) -> None:
    for association in (one, other):
        client.create("applications", association["applicationId"])
        if association["entityId"]:
            client.create("entities", association["entityId"])
    assert client.link(one).status == 201
    assert client.single(other).status == 404
    assert client.unlink(other).status == 404
    assert client.link(other).status == 201
    assert client.unlink(one).status == 204
    assert client.list("associations").json["results"] == [shown(other)]
