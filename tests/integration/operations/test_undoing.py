"""Undoing a deletion or a reassignment: everything is as before, as far as possible."""

import json
import random
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from provisioning.accounts import key_creation
from provisioning.accounts.key_creation import NewKey
from provisioning.accounts.principals import MANAGE
from provisioning.accounts.restrictions import Pair
from provisioning.core.origins import COMMAND
from tests.integration.operations.test_careful_deletes import COLLECTIONS, some_links
from tests.integration.operations.test_reassigning import FILTERS, TARGETS, unique
from tests.support.associations import shown, sms
from tests.support.client import ROOT, Client, path_of
from tests.support.operator import Operator

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.client import Response


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.usefixtures("slices")
def test_an_undone_delete_leaves_everything_as_it_was(operator: Operator, seed: int) -> None:
    chance = random.Random(seed)
    operator.prepare("ab", "ef", some_links(chance, 60))
    before = operator.everything()
    collection = chance.choice(COLLECTIONS)
    name = "a" if collection == "applications" else "e"
    options: dict[str, str] = chance.choice([{}, {"onLinked": "reassign"}])
    if options:
        targets = {
            "applications": ("targetApplicationId", "b"),
            "entities": ("targetEntityId", "f"),
        }
        options |= dict([targets[collection]])
    deleted = operator.settled(operator.delete(collection, name, **options))
    assert operator.everything() != before
    undone = operator.settled(operator.undo(deleted["operationId"]))
    assert operator.everything() == before
    assert undone["undoes"] == deleted["operationId"]
    assert (undone["done"], undone["failed"]) == (deleted["done"], 0)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.usefixtures("slices")
def test_an_undone_reassignment_leaves_everything_as_it_was(operator: Operator, seed: int) -> None:
    chance = random.Random(seed)
    operator.prepare("ab", "ef", some_links(chance, 60))
    before = operator.everything()
    moved = operator.settled(operator.reassign(chance.choice(FILTERS), chance.choice(TARGETS)))
    operator.settled(operator.undo(moved["operationId"]))
    assert operator.everything() == before


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.usefixtures("slices")
def test_several_operations_are_undone_in_reverse(operator: Operator, seed: int) -> None:
    chance = random.Random(seed)
    operator.prepare("ab", "ef", some_links(chance, 50))
    states, done = [operator.everything()], []
    requests: list[Callable[[], Response]] = [
        lambda: operator.reassign(chance.choice(FILTERS), chance.choice(TARGETS)),
        lambda: operator.delete("applications", "b"),
        lambda: operator.delete("entities", "f"),
        lambda: operator.reassign({"entityId": None}, {"entityId": "e"}),
        lambda: operator.delete("entities", "e"),
    ]
    for request in requests:
        done.append(operator.settled(request())["operationId"])
        states.append(operator.everything())
    for operation_id in reversed(done):
        assert operator.everything() == states.pop()
        assert operator.settled(operator.undo(operation_id))["failed"] == 0
    assert operator.everything() == states.pop()


def test_associations_that_changed_since_are_left_alone_and_listed(operator: Operator) -> None:
    operator.prepare("ab", "", [sms("a", None, number) for number in "1234"])
    deleted = operator.settled(operator.delete("applications", "a"))
    operator.client.unlink(sms(resource_id="1"))
    operator.client.unlink(sms(resource_id="2"))
    operator.client.link(sms(resource_id="2"))
    operator.reassign({"resourceId": "3"}, {"applicationId": "b"})
    operator.settle()
    undone = operator.settled(operator.undo(deleted["operationId"]))
    assert (undone["done"], undone["failed"], undone["total"]) == (1, 3, 4)
    left = operator.outcomes(undone, outcome="CHANGED")
    assert [outcome["after"]["resourceId"] for outcome in left] == ["1", "2", "3"]
    expected = [sms("a", None, "4"), sms(resource_id="2"), sms("b", None, "3")]
    assert unique(operator.links()) == unique(expected)


def test_an_association_whose_other_parent_is_gone_is_not_moved_back(operator: Operator) -> None:
    operator.prepare("a", "ef", [sms("a", "e", "1"), sms("a", "f", "2")])
    deleted = operator.settled(operator.delete("applications", "a"))
    operator.settled(operator.delete("entities", "e"))
    operator.prepare("", "e", [])
    undone = operator.settled(operator.undo(deleted["operationId"]))
    left = operator.outcomes(undone, outcome="PARENT_GONE")
    assert [outcome["after"]["resourceId"] for outcome in left] == ["1"]
    assert unique(operator.links()) == unique([sms(resource_id="1"), sms("a", "f", "2")])


def test_an_association_merged_by_two_deletes_is_restored_to_each(operator: Operator) -> None:
    links = [sms("a", None, "1"), sms("b", "e", "1"), sms("b", "f", "1")]
    operator.prepare("ab", "ef", links)
    before = operator.everything()
    operations = [operator.settled(operator.delete("applications", name)) for name in "ab"]
    assert [operation["merged"] for operation in operations] == [0, 2]
    assert operator.links() == [shown(sms(resource_id="1"))]
    operator.settled(operator.undo(operations[0]["operationId"]))
    assert unique(operator.links()) == unique([sms("a", None, "1"), sms(resource_id="1")])
    operator.settled(operator.undo(operations[1]["operationId"]))
    assert operator.everything() == before


def test_an_association_that_a_client_created_stays(operator: Operator) -> None:
    operator.prepare("a", "", [sms("a", None, "1"), sms(resource_id="1")])
    before = operator.everything()
    deleted = operator.settled(operator.delete("applications", "a"))
    assert deleted["merged"] == 1
    operator.settled(operator.undo(deleted["operationId"]))
    assert operator.everything() == before


def test_an_association_that_was_created_again_is_merged_with(operator: Operator) -> None:
    operator.prepare("ab", "", [sms("a", None, "1")])
    moved = operator.settled(operator.reassign({"applicationId": "a"}, {"applicationId": "b"}))
    operator.client.link(sms("a", None, "1"))
    undone = operator.settled(operator.undo(moved["operationId"]))
    assert (undone["done"], undone["merged"]) == (1, 1)
    assert operator.links() == [shown(sms("a", None, "1"))]


def test_an_operation_is_undone_once(operator: Operator) -> None:
    operator.prepare("a", "", [sms("a")])
    deleted = operator.settled(operator.delete("applications", "a"))["operationId"]
    undone = operator.settled(operator.undo(deleted))["operationId"]
    assert operator.undo(deleted).status == 409
    assert operator.undo(undone).status == 409
    assert operator.undo("0" * 24).status == 404
    shown_ = operator.client.call("GET", f"/provisioning/1/operations/{deleted}").json
    assert shown_["undoneBy"] == undone


def test_a_delete_is_not_undone_once_its_id_is_taken_again(operator: Operator) -> None:
    operator.prepare("a", "", [sms("a")])
    deleted = operator.settled(operator.delete("applications", "a"))
    operator.prepare("a", "", [sms("a", None, "2")])
    before = operator.everything()
    answer = operator.undo(deleted["operationId"])
    assert answer.status == 409
    assert "exists again" in answer.text
    assert operator.everything() == before


def test_an_operation_is_not_undone_after_its_time(
    operator: Operator, monkeypatch: pytest.MonkeyPatch
) -> None:
    operator.prepare("a", "", [sms("a")])
    monkeypatch.setenv("UNDO_DAYS", "3")
    deleted = operator.settled(operator.delete("applications", "a"))
    until, requested = (
        datetime.fromisoformat(deleted[member]) for member in ("undoableUntil", "requestedAt")
    )
    assert until - requested == timedelta(days=3)
    assert operator.client.call("GET", f"{ROOT}/limits").json["undoDays"] == 3
    monkeypatch.setenv("UNDO_DAYS", "0")
    assert operator.undo(deleted["operationId"]).status == 409


def test_a_restricted_key_is_offered_an_undo_only_of_what_it_has_done(operator: Operator) -> None:
    operator.prepare("ab", "", [sms("a"), sms("b")])
    pairs = (Pair("a", None), Pair("b", None))
    client = Client(key_creation.create("acme", NewKey((MANAGE,), pairs), COMMAND)[1])
    others = operator.settled(operator.delete("applications", "a"))
    own = operator.settled(client.call("DELETE", f"{ROOT}/applications/b"))
    shown = {found["operationId"]: found for found in client.list("operations").json["results"]}
    assert "undoableUntil" not in shown[others["operationId"]]
    assert shown[own["operationId"]]["undoableUntil"] == own["undoableUntil"]


def test_a_restricted_key_learns_nothing_of_what_its_deletion_merged_or_met(
    operator: Operator,
) -> None:
    operator.prepare("ab", "e", [sms("a", None, "1"), sms("default", None, "1")])
    client = Client(key_creation.create("acme", NewKey((MANAGE,), (Pair("a", None),)), COMMAND)[1])
    operation = operator.settled(client.call("DELETE", f"{ROOT}/applications/a"))
    path = f"{ROOT}/operations/{operation['operationId']}"
    assert "merged" not in client.call("GET", path).json
    assert operator.client.call("GET", path).json["merged"] == 1
    links = f"{path}/links"
    (shown_to_it,) = client.call("GET", links).json["results"]
    assert shown_to_it["outcome"] == "MOVED"
    assert client.call("GET", links, query=[("outcome", "MERGED")]).json["results"] == []


def test_a_restricted_key_does_not_see_the_target_that_others_chose(operator: Operator) -> None:
    operator.prepare("ab", "e", [sms("a", None, "1")])
    client = Client(key_creation.create("acme", NewKey((MANAGE,), (Pair("a", None),)), COMMAND)[1])
    target = {"targetApplicationId": "b", "targetEntityId": "e"}
    moved = operator.settled(operator.delete("applications", "a", onLinked="reassign", **target))
    undone = operator.settled(operator.undo(moved["operationId"]))
    for operation in (moved, undone):
        path = f"{ROOT}/operations/{operation['operationId']}"
        answer = client.call("GET", path)
        assert answer.status == 200
        assert "target" not in answer.json
        results = client.call("GET", f"{path}/links").json["results"]
        assert results
        assert '"b"' not in json.dumps(results)


def test_an_operation_lists_the_outcome_of_each_association(operator: Operator) -> None:
    operator.prepare("ab", "e", [sms("a", "e", "1")])
    deleted = operator.settled(operator.delete("applications", "a"))
    undone = operator.settled(operator.undo(deleted["operationId"]))
    for operation, before, after in (
        (deleted, sms("a", "e", "1"), sms(resource_id="1")),
        (undone, sms(resource_id="1"), sms("a", "e", "1")),
    ):
        (outcome,) = operator.outcomes(operation)
        assert outcome == {"outcome": "MOVED", "before": shown(before), "after": shown(after)}


def test_what_was_moved_out_of_the_way_of_a_new_association_is_undone_too(
    operator: Operator,
) -> None:
    operator.prepare("ab", "", [sms("a", None, number) for number in "12"])
    targets = {"onLinked": "reassign", "targetApplicationId": "b"}
    deleted = operator.delete("applications", "a", **targets)
    operator.client.create("applications", "a")
    assert operator.client.link(sms("a", None, "1")).status == 201
    assert operator.settled(deleted)["done"] == 2
    assert unique(operator.links()) == unique(
        [sms("a", None, "1"), sms("b", None, "1"), sms("b", None, "2")]
    )
    operator.client.unlink(sms("a", None, "1"))
    assert operator.client.call("DELETE", path_of("applications", "a")).status == 200
    operator.settle()
    assert operator.settled(operator.undo(operator.operation(deleted)["operationId"]))["done"] == 2
    assert unique(operator.links()) == unique([sms("a", None, number) for number in "12"])
