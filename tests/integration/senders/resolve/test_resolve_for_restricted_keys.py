"""Which sender a restricted key is given, and what its answers do not show."""

from typing import Any

import pytest

from provisioning.accounts.restrictions import Pair
from provisioning.senders import snapshots
from tests.support.client import Client
from tests.support.pools import CUSTOMER, DESTINATIONS, LONDON, SHOP, link
from tests.support.senders import (
    create_strategy,
    resolve,
    restricted,
    sender_of,
)


def test_a_restricted_key_resolves_only_what_its_binding_covers(manager: Client) -> None:
    link(manager, SHOP, LONDON[0])
    manager.create("applications", "other")
    tenant = restricted(Pair("shop", None))
    assert sender_of(resolve(tenant, DESTINATIONS[0], SHOP)) == LONDON[0]
    for application in ("other", "nothing"):
        assert resolve(tenant, DESTINATIONS[0], {"applicationId": application}).status == 404


def test_a_restricted_key_gets_no_sender_of_a_fallback_that_it_does_not_cover(
    manager: Client,
) -> None:
    link(manager, {"applicationId": "default"}, LONDON[0])
    create_strategy(manager, {}, fallback="DEFAULT")
    assert sender_of(resolve(manager, DESTINATIONS[0], CUSTOMER)) == LONDON[0]
    answer = resolve(restricted(Pair("shop", None)), DESTINATIONS[0], CUSTOMER, explain=True).json
    assert (answer["sender"], answer["reason"]) == (None, "EMPTY_POOL")
    assert answer["explanation"]["pool"] == []
    # The strategy is for the messages of others too.
    assert answer["sendingStrategyId"] is None


def test_a_restricted_key_cannot_tell_by_an_answer_what_exists(manager: Client) -> None:
    create_strategy(manager, {})
    create_strategy(manager, SHOP, fallback="APPLICATION")
    tenant = restricted(Pair(None, "customer"))
    answers = [
        resolve(tenant, DESTINATIONS[0], {"applicationId": name, "entityId": "customer"}).json
        for name in ("shop", "nothing")
    ]
    assert answers[0] == answers[1]
    assert answers[0]["reason"] == "EMPTY_POOL"


@pytest.mark.parametrize(
    ("own", "foreign"),
    [
        (Pair("shop", None), {"entityId": "customer"}),
        (Pair(None, "customer"), {"applicationId": "shop"}),
    ],
    ids=["of an entity", "of an application"],
)
@pytest.mark.parametrize(
    ("pool", "reason"), [(CUSTOMER, "NO_STRATEGY"), (SHOP, "EMPTY_POOL")], ids=["own", "fallback"]
)
def test_a_strategy_of_another_tenant_changes_no_answer_for_a_restricted_key(
    manager: Client, own: Pair, foreign: dict[str, str], pool: dict[str, str], reason: str
) -> None:
    tenant = restricted(own)
    link(manager, pool, *LONDON)

    def answers() -> list[Any]:
        snapshots.forget()
        return [resolve(tenant, to, CUSTOMER, explain=True).json for to in DESTINATIONS[:20]]

    before = answers()
    assert {one["reason"] for one in before} == {reason}
    strategy = create_strategy(manager, foreign, useStickySender=True, fallback="APPLICATION")
    assert answers() == before
    snapshots.forget()
    by_manager = resolve(manager, DESTINATIONS[0], CUSTOMER).json
    assert (by_manager["sendingStrategyId"], by_manager["reason"]) == (strategy, "STRATEGY")


def test_strategies_of_its_own_application_and_entity_apply_for_a_restricted_key(
    manager: Client,
) -> None:
    link(manager, CUSTOMER, *LONDON)
    create_strategy(manager, SHOP)
    tenant = restricted(Pair("shop", "customer"))
    answer = resolve(tenant, DESTINATIONS[0], CUSTOMER).json
    # The strategy is for the messages of the application's other entities too.
    assert (answer["reason"], answer["sendingStrategyId"]) == ("STRATEGY", None)
