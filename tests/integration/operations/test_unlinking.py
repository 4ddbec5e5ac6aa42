"""Removing links by one operation, and getting them back."""

import random
from typing import TYPE_CHECKING

import pytest

from provisioning.projections import audit_entries
from provisioning.projections.audit_entries import AuditEntry
from provisioning.table import items, operation_keys, reads
from provisioning.table.stream_records import StreamRecord
from tests.integration.operations.test_careful_deletes import some_links
from tests.integration.operations.test_reassigning import FILTERS, unique
from tests.support.associations import sms
from tests.support.client import Response
from tests.support.operator import Link, Operator

if TYPE_CHECKING:
    from collections.abc import Callable


def unlink(operator: Operator, wanted: Link, **more: bool) -> Response:
    return operator.post("associations/unlink", {"filter": wanted, **more})


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.usefixtures("slices")
def test_associations_that_meet_the_filter_are_deleted_and_restored(
    operator: Operator, seed: int
) -> None:
    links = some_links(random.Random(seed), 40)
    operator.prepare("ab", "ef", links)
    before, wanted = operator.everything(), FILTERS[seed]
    matching = [link for link in links if link | wanted == link]
    outlook = unlink(operator, wanted, dryRun=True)
    assert (outlook.status, outlook.json["total"]) == (200, len(unique(matching)))
    assert len(outlook.json["sample"]) == min(10, len(unique(matching)))
    assert operator.everything() == before

    operation = operator.settled(unlink(operator, wanted))
    assert (operation["kind"], operation["filter"]) == ("UNLINK", wanted)
    staying = [link for link in links if link not in matching]
    assert unique(operator.links()) == unique(staying)
    assert operation["done"] == len(unique(matching))
    outcomes = operator.outcomes(operation)
    assert unique([outcome["before"] for outcome in outcomes]) == unique(matching)
    assert all(outcome.keys() == {"outcome", "before"} for outcome in outcomes)

    undone = operator.settled(operator.undo(operation["operationId"]))
    assert operator.everything() == before
    assert {outcome["outcome"] for outcome in operator.outcomes(undone)} <= {"RESTORED"}


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(("collection", "name"), [("applications", "a"), ("entities", "e")])
@pytest.mark.usefixtures("slices")
def test_a_delete_can_remove_links_and_be_undone(
    operator: Operator, collection: str, name: str, seed: int
) -> None:
    operator.prepare("ab", "ef", some_links(random.Random(seed), 40))
    before = operator.everything()
    member = "applicationId" if collection == "applications" else "entityId"
    staying = [link for link in operator.links() if link.get(member) != name]
    deleted = operator.settled(operator.delete(collection, name, onLinked="unlink"))
    assert deleted["onLinked"] == "unlink"
    assert operator.links() == staying
    operator.settled(operator.undo(deleted["operationId"]))
    assert operator.everything() == before


def test_several_operations_are_undone_in_reverse(operator: Operator) -> None:
    operator.prepare("ab", "ef", some_links(random.Random(7), 50))
    states, done = [operator.everything()], []
    requests: list[Callable[[], Response]] = [
        lambda: operator.delete("applications", "b"),
        lambda: unlink(operator, {"applicationId": "default"}),
        lambda: operator.delete("entities", "e", onLinked="unlink"),
        lambda: unlink(operator, {"channel": "SMS"}),
    ]
    for request in requests:
        done.append(operator.settled(request())["operationId"])
        states.append(operator.everything())
    for operation_id in reversed(done):
        assert operator.everything() == states.pop()
        assert operator.settled(operator.undo(operation_id))["failed"] == 0
    assert operator.everything() == states.pop()


def test_an_association_linked_again_meanwhile_merges_with_the_restored_one(
    operator: Operator,
) -> None:
    link = sms("a", "e", "1")
    operator.prepare("a", "e", [link, sms("a", None, "2")])
    operation = operator.settled(unlink(operator, {"applicationId": "a"}))
    operator.client.link(link)
    undone = operator.settled(operator.undo(operation["operationId"]))
    assert unique(operator.links()) == unique([link, sms("a", None, "2")])
    assert (undone["done"], undone["merged"]) == (2, 1)


def test_a_link_whose_parent_is_gone_does_not_come_back(operator: Operator) -> None:
    operator.prepare("", "e", [sms("default", "e", "1")])
    operation = operator.settled(unlink(operator, {"entityId": "e"}))
    operator.settled(operator.delete("entities", "e"))
    undone = operator.settled(operator.undo(operation["operationId"]))
    assert operator.links() == []
    assert [outcome["outcome"] for outcome in operator.outcomes(undone)] == ["PARENT_GONE"]


def test_nothing_is_removed_without_a_filter(operator: Operator) -> None:
    refused = unlink(operator, {})
    assert refused.status == 400
    assert "filter" in refused.problems


def test_the_audit_lists_each_link_that_was_removed_or_restored(operator: Operator) -> None:
    operator.prepare("a", "", [sms("a", None, "1")])
    operation = operator.settled(unlink(operator, {"applicationId": "a"}))
    undone = operator.settled(operator.undo(operation["operationId"]))
    audited = [
        (entry.action, entry.before is None, entry.after is None)
        for operation_id in (operation["operationId"], undone["operationId"])
        for entry in journaled(operation_id)
    ]
    assert audited == [("UNLINKED", False, True), ("LINKED", True, False)]


def journaled(operation_id: str) -> list[AuditEntry]:
    """Return the audit entries of an operation's journal, as the stream brings it."""
    found = reads.query_all(operation_keys.journal("acme", operation_id))
    records = [
        StreamRecord({"eventID": "1", "dynamodb": {"NewImage": items.encode(item)}})
        for item in found
    ]
    return [entry for record in records for entry in audit_entries.of(record)]
