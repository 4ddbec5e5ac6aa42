"""What a deletion does to sending strategies."""

from provisioning.core.kinds import Kind
from tests.support.client import ROOT, Client
from tests.support.senders import create_strategy
from tests.support.strategies import carried_out, listed


def test_a_deletion_shows_removes_and_by_undo_restores_the_strategies(
    manager: Client, kind: Kind
) -> None:
    manager.create(kind.collection, "gone")
    create_strategy(manager, {kind.id_member: "gone"})
    create_strategy(manager, {kind.id_member: "gone"}, channel="SMS")
    kept = create_strategy(manager, {})
    before = listed(manager)
    impact = manager.call("GET", f"{ROOT}/{kind.collection}/gone/impact").json
    assert impact["sendingStrategies"] == 2
    deletion = manager.delete(kind.collection, "gone").headers["Operation-Location"]
    operation = carried_out(deletion)
    assert [one["sendingStrategyId"] for one in listed(manager)] == [kept]
    undone = manager.call("POST", f"{operation}/undo")
    carried_out(undone.headers["Operation-Location"])
    assert listed(manager) == before
    # What was restored is removed by the next deletion.
    carried_out(manager.delete(kind.collection, "gone").headers["Operation-Location"])
    assert [one["sendingStrategyId"] for one in listed(manager)] == [kept]


def test_a_strategy_of_two_deleted_parents_comes_back_with_the_second_of_them(
    manager: Client,
) -> None:
    manager.create("applications", "shop")
    manager.create("entities", "customer")
    identifier = create_strategy(manager, {"applicationId": "shop", "entityId": "customer"})
    first = carried_out(manager.delete("applications", "shop").headers["Operation-Location"])
    second = carried_out(manager.delete("entities", "customer").headers["Operation-Location"])
    carried_out(manager.call("POST", f"{first}/undo").headers["Operation-Location"])
    assert listed(manager) == []
    carried_out(manager.call("POST", f"{second}/undo").headers["Operation-Location"])
    assert [one["sendingStrategyId"] for one in listed(manager)] == [identifier]


def test_a_successor_with_the_same_id_keeps_its_strategies(manager: Client) -> None:
    manager.create("applications", "shop")
    create_strategy(manager, {"applicationId": "shop"})
    deletion = manager.delete("applications", "shop").headers["Operation-Location"]
    manager.create("applications", "shop")
    kept = create_strategy(manager, {"applicationId": "shop"}, channel="SMS")
    carried_out(deletion)
    assert [one["sendingStrategyId"] for one in listed(manager)] == [kept]
