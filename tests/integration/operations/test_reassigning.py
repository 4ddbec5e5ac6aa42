"""Reassigning all associations that match a filter, by one operation."""

import random
from itertools import product
from typing import Any

import pytest

from tests.integration.operations.test_careful_deletes import some_links
from tests.support.associations import shown, sms
from tests.support.client import ROOT
from tests.support.operator import Link, Operator

FILTERS: list[Link] = [
    {"applicationId": "a"},
    {"entityId": "e"},
    {"entityId": None},
    {"resourceType": "NUMBER"},
    {"channel": "SMS"},
    {"resourceId": "3"},
    {"applicationId": "a", "entityId": "e"},
    {"applicationId": "a", "entityId": None, "channel": "SMS"},
    {"applicationId": "b", "channel": "SMS"},
    {"applicationId": "b", "entityId": "f", "resourceId": "2"},
    {"entityId": "f", "resourceType": "ALPHA", "channel": "SMS"},
    {"resourceType": "NUMBER", "channel": "MMS", "resourceId": "1"},
]
TARGETS: list[Link] = [
    {"applicationId": "b"},
    {"applicationId": "default"},
    {"entityId": "f"},
    {"entityId": None},
    {"applicationId": "b", "entityId": "e"},
    {"applicationId": "a", "entityId": None},
]


def unique(links: list[Link]) -> list[str]:
    """Return links as clients see them, each once and in order."""
    return sorted({str(sorted(shown(link).items())) for link in links})


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.usefixtures("slices")
def test_only_associations_that_meet_the_filter_are_moved(operator: Operator, seed: int) -> None:
    chance = random.Random(seed)
    links = some_links(chance, 40)
    wanted, target = FILTERS[seed], chance.choice(TARGETS)
    operator.prepare("ab", "ef", links)
    matching = [link for link in links if link | wanted == link]
    moving = [link for link in matching if link | target != link]
    outlook = operator.reassign(wanted, target, dryRun=True)
    assert outlook.status == 200
    assert unique(operator.links()) == unique(links)

    operation = operator.settled(operator.reassign(wanted, target))
    staying = [link for link in links if link not in moving]
    assert unique(operator.links()) == unique([*staying, *(link | target for link in moving)])
    assert operation["done"] == len(moving)
    assert len(links) - operation["merged"] == len(operator.links())
    assert outlook.json["total"] == len(matching)
    assert outlook.json["moved"] == operation["done"]
    assert outlook.json["merged"] == operation["merged"]
    outcomes = operator.outcomes(operation, size=7)
    assert unique([outcome["before"] for outcome in outcomes]) == unique(moving)
    assert all(shown(o["before"] | target) == o["after"] for o in outcomes)
    merged = operator.outcomes(operation, outcome="MERGED", size=3)
    assert merged == [outcome for outcome in outcomes if outcome["outcome"] == "MERGED"]
    assert len(merged) == operation["merged"]


def test_repeating_it_moves_nothing_more(operator: Operator) -> None:
    operator.prepare("ab", "", [sms("a", None, "1"), sms("b", None, "2")])
    for moved in (1, 0):
        answer = operator.reassign({"resourceType": "NUMBER"}, {"applicationId": "b"})
        assert answer.json.keys() == {"operationId"}
        assert operator.settled(answer)["done"] == moved


@pytest.mark.usefixtures("slices")
def test_a_target_that_is_deleted_meanwhile_ends_it_and_nothing_is_lost(
    operator: Operator,
) -> None:
    links = [sms("a", None, str(number)) for number in range(20)]
    operator.prepare("ab", "", links)
    answer = operator.reassign({"applicationId": "a"}, {"applicationId": "b"})
    operator.delete("applications", "b")
    operator.settle()
    operation = operator.operation(answer)
    assert operation["state"] == "FAILED"
    assert "application b" in operation["reason"]
    assert "resume" not in operation
    assert operator.post(f"operations/{operation['operationId']}/resume").status == 409
    assert unique(operator.links()) == unique(links)


def test_associations_of_a_deleted_parent_are_left_to_its_deletion(operator: Operator) -> None:
    links = [sms("a", "e", str(number)) for number in range(5)]
    operator.prepare("ab", "ef", links)
    operator.delete("entities", "e")
    operation = operator.settled(operator.reassign({"applicationId": "a"}, {"applicationId": "b"}))
    assert operation["done"] in {0, 5}
    assert unique(operator.links()) == unique([sms(resource_id=str(n)) for n in range(5)])


@pytest.mark.usefixtures("slices")
def test_a_reassignment_can_be_cancelled_and_its_moves_undone(operator: Operator) -> None:
    links = [sms("a", "e", str(number)) for number in range(30)]
    operator.prepare("ab", "e", links)
    answer = operator.reassign({"entityId": "e"}, {"applicationId": "b"})
    operation_id = operator.operation(answer)["operationId"]
    assert operator.post(f"operations/{operation_id}/undo").status == 409
    assert operator.post(f"operations/{operation_id}/cancel").status == 202
    operator.settle()
    operation = operator.operation(answer)
    assert operation["state"] in {"CANCELLED", "SUCCEEDED"}
    assert [event["event"] for event in operation["events"]][-1] == operation["state"]
    assert operator.post(f"operations/{operation_id}/cancel").status == 409
    undone = operator.settled(operator.undo(operation_id))
    assert undone["done"] == operation["done"]
    assert unique(operator.links()) == unique(links)


def test_a_cancelled_reassignment_whose_target_is_deleted_has_not_failed(
    operator: Operator,
) -> None:
    links = [sms("a", None, str(number)) for number in range(3)]
    operator.prepare("ab", "", links)
    answer = operator.reassign({"applicationId": "a"}, {"applicationId": "b"})
    operation_id = operator.operation(answer)["operationId"]
    assert operator.post(f"operations/{operation_id}/cancel").status == 202
    operator.delete("applications", "b")
    operator.settle()
    operation = operator.operation(answer)
    assert (operation["state"], operation["done"]) == ("CANCELLED", 0)
    assert [event["event"] for event in operation["events"]][-1] == "CANCELLED"
    assert unique(operator.links()) == unique(links)


def test_a_delete_cannot_be_cancelled(operator: Operator) -> None:
    operator.prepare("a", "", [sms("a")])
    operation = operator.operation(operator.delete("applications", "a"))
    answer = operator.post(f"operations/{operation['operationId']}/cancel")
    assert answer.status == 409
    assert operator.post("operations/000000000000000000000000/cancel").status == 404


@pytest.mark.parametrize(
    ("body", "member"),
    [
        ({}, "filter"),
        ({"filter": {}, "target": {"entityId": "e"}}, "filter"),
        ({"filter": {"applicationId": None}, "target": {"entityId": "e"}}, "filter"),
        ({"filter": {"channel": "FAX"}, "target": {"entityId": "e"}}, "filter.channel"),
        ({"filter": {"entityId": "null"}, "target": {"entityId": "e"}}, "filter.entityId"),
        ({"filter": {"applicationId": "a"}}, "target"),
        ({"filter": {"applicationId": "a"}, "target": {}}, "target"),
        ({"filter": {"applicationId": "a"}, "target": {"entityId": "no"}}, "target.entityId"),
        (
            {"filter": {"applicationId": "a"}, "target": {"applicationId": "no"}},
            "target.applicationId",
        ),
        (
            {
                "filter": {"resourceType": "DOMAIN", "channel": "SMS"},
                "target": {"applicationId": "a"},
            },
            "filter.channel",
        ),
        (
            {"filter": {"applicationId": "a"}, "target": {"entityId": "e"}, "dryRun": "yes"},
            "dryRun",
        ),
    ],
)
def test_bad_requests_name_the_member_and_change_nothing(
    operator: Operator, body: Any, member: str
) -> None:
    operator.prepare("a", "e", [sms("a")])
    answer = operator.post("associations/reassign", body)
    assert answer.status == 400
    assert member in answer.problems, answer.problems
    operator.settle()
    assert operator.client.call("GET", f"{ROOT}/operations").json["results"] == []
    assert operator.links() == [shown(sms("a"))]


def test_ids_of_any_kind_can_be_moved(operator: Operator) -> None:
    names = ["a/b#c", "😀" * 255, "a b%2Fc+d"]
    for name in names:
        operator.client.create("applications", name)
        operator.client.create("entities", name)
    links = [sms(a, e, r) for a, e, r in product(names[:2], names[:2], names)]
    for link in links:
        assert operator.client.link(link).status == 201
    target = {"applicationId": names[2], "entityId": names[2]}
    operation = operator.settled(operator.reassign({"channel": "SMS"}, target))
    assert (operation["done"], operation["merged"]) == (12, 9)
    assert operator.settled(operator.undo(operation["operationId"]))["done"] == 12
    assert unique(operator.links()) == unique(links)
