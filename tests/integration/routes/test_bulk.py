"""Bulk requests: what single requests would do, each with an outcome of its own."""

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from provisioning.core.kinds import Kind
from tests.support.associations import check_agreement, shown, sms
from tests.support.bulk import error, link, listed, send, statuses
from tests.support.client import ROOT, Client
from tests.support.ids import STRANGE_IDS

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

ITEMS = int(os.environ.get("BULK_ITEMS", "150"))
"""Elements of the larger bulks; 1,000 is the most that there can be."""
NOT_FOUND = {"messageId": "NOT_FOUND", "text": "Not found"}


def test_associations_are_linked_and_unlinked_each_with_its_outcome(shop: Client) -> None:
    old, new = sms("shop", "acme", "1"), sms("shop", None, "2")
    assert shop.link(old).status == 201
    answer = send(shop, "associations", link=[new], unlink=[old])
    assert answer.status == 200
    assert answer.json == {
        "succeeded": 2,
        "failed": 0,
        "results": [
            {"action": "unlink", "index": 0, "association": shown(old), "status": 204},
            {"action": "link", "index": 0, "association": shown(new), "status": 201},
        ],
    }
    assert listed(shop, "associations") == [shown(new)]


def test_parents_are_created_and_deleted_each_with_its_outcome(client: Client, kind: Kind) -> None:
    assert client.create(kind.collection, "old").status == 201
    create = [{kind.id_member: "new", kind.name_member: "New"}, {kind.id_member: "plain"}]
    answer = send(client, kind.collection, create=create, delete=["old"])
    assert answer.status == 200
    deleted, *created = answer.json["results"]
    assert created == [
        {"action": "create", "index": 0, kind.id_member: "new", "status": 201},
        {"action": "create", "index": 1, kind.id_member: "plain", "status": 201},
    ]
    assert (deleted["action"], deleted["status"], deleted[kind.id_member]) == ("delete", 200, "old")
    operation = client.call("GET", deleted["operationLocation"].removeprefix("/v1")).json
    assert operation["operationId"] == deleted["operationId"]
    assert operation[kind.id_member] == "old"
    assert client.get(kind.collection, "new").json == create[0]
    assert client.get(kind.collection, "old").status == 404


def test_a_failed_element_says_why_and_affects_no_other(shop: Client) -> None:
    standing = sms("shop", None, "1")
    shop.link(standing)
    answer = link(
        shop,
        sms("shop", "acme", "2"),
        standing,
        sms("nowhere", None, "3"),
        sms("shop") | {"channel": "EMAIL"},
        {},
        "x",
        None,
        sms("shop", "acme", "4"),
    )
    assert answer.status == 207
    assert statuses(answer) == [201, 409, 404, 400, 400, 400, 400, 201]
    results = answer.json["results"]
    assert error(results[1]) == shop.link(standing).json["requestError"]["serviceException"]
    assert error(results[2]) == NOT_FOUND
    wrong = shop.link(sms("shop") | {"channel": "EMAIL"}).json["requestError"]["serviceException"]
    assert error(results[3]) == wrong
    assert error(results[5])["validationErrors"] == {"body": ["must be a JSON object"]}
    assert "association" not in results[4]
    assert (answer.json["succeeded"], answer.json["failed"]) == (2, 6)
    assert len(listed(shop, "associations")) == 3


def test_one_that_fails_among_many_is_the_only_one(
    shop: Client, database: "DynamoDBClient", table: str
) -> None:
    wanted = [sms("shop", "acme" if number % 2 else None, f"{number}") for number in range(ITEMS)]
    wanted[ITEMS // 2] |= {"entityId": "nobody"}
    answer = link(shop, *wanted)
    assert answer.status == 207
    assert [index for index, status in enumerate(statuses(answer)) if status != 201] == [ITEMS // 2]
    assert [result["index"] for result in answer.json["results"]] == list(range(ITEMS))
    assert len(listed(shop, "associations")) == ITEMS - 1
    check_agreement(database, table)
    again = send(shop, "associations", unlink=wanted)
    assert statuses(again) == [204 if status == 201 else 404 for status in statuses(answer)]
    assert listed(shop, "associations") == []


def test_strange_ids_are_ids(client: Client) -> None:
    strange = list(dict.fromkeys(STRANGE_IDS.values()))
    for collection, member in (("applications", "applicationId"), ("entities", "entityId")):
        answer = send(client, collection, create=[{member: each} for each in strange])
        assert answer.status == 200
    wanted = [sms(each, each, each) for each in strange]
    assert link(client, *wanted).status == 200
    order = json.dumps
    assert sorted(listed(client, "associations"), key=order) == sorted(wanted, key=order)
    assert send(client, "associations", unlink=wanted).status == 200
    assert send(client, "applications", delete=strange).status == 200


def test_the_built_in_application_stays(client: Client) -> None:
    answer = send(client, "applications", delete=["default"], create=[{"applicationId": "default"}])
    assert statuses(answer) == [400, 409]
    assert client.get("applications", "default").status == 200


def test_nothing_to_do_is_done(client: Client) -> None:
    assert send(client, "associations", link=[], unlink=None).json == {
        "succeeded": 0,
        "failed": 0,
        "results": [],
    }


@pytest.mark.parametrize(
    "body",
    [
        [],
        "x",
        {"link": {}},
        {"unlink": "x"},
        {"link": [sms()] * 1001},
        {"link": [sms()] * 600, "unlink": [sms()] * 401},
        '{"link": [}',
        '{"link": [{"channel": "SMS", "channel": "MMS"}]}',
    ],
    ids=lambda body: str(body)[:20],
)
def test_only_an_invalid_bulk_as_a_whole_is_a_bad_request(client: Client, body: Any) -> None:
    answer = client.call("POST", f"{ROOT}/associations/bulk", body=body)
    assert answer.status == 400
    assert answer.problems
    assert listed(client, "associations") == []


@pytest.mark.parametrize("collection", ["applications", "entities", "associations"])
def test_a_body_without_any_list_is_refused_and_says_which_there_are(
    client: Client, collection: str
) -> None:
    for body in ({}, {"creates": [{"entityId": "acme"}], "links": [sms()]}):
        answer = client.call("POST", f"{ROOT}/{collection}/bulk", body=body)
        names = "unlink or link" if collection == "associations" else "delete or create"
        assert (answer.status, answer.problems) == (400, {"body": [f"must have {names}"]})


def test_a_thousand_of_the_longest_associations_fit(client: Client) -> None:
    longest = [sms("😀" * 255, "😀" * 255, "😀" * 251 + f"{number:04}") for number in range(1000)]
    body = json.dumps({"link": longest}, ensure_ascii=False)
    answer = client.call("POST", f"{ROOT}/associations/bulk", body=body)
    assert set(statuses(answer)) == {404}
