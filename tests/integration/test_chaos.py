"""Chaos: faults at any call while an account is changed; at rest nothing is lost, stuck or wrong.

Clients load, link, delete, create again, reassign, undo, submit messages and rebuild page indexes
by chance; every slice is tiny. ``make chaos`` runs every fault with more seeds and more resources
(``CHAOS_SEEDS``, ``CHAOS_RESOURCES``) and reports how many associations operations have moved.
"""

import os
import random
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from provisioning.core.kinds import ENTITY
from provisioning.operations import lookup, orphans, shard_failures, summary
from provisioning.projections import audit_check, consistency
from provisioning.projections.audit_check import AuditDifferences
from provisioning.table import keys, operation_keys, reads
from tests.support.associations import check_agreement
from tests.support.chaos_actors import ACCOUNT, Crowd, System
from tests.support.chaos_faults import EVERY_FAULT, faults
from tests.support.client import Client
from tests.support.moves_report import MOVES
from tests.support.operator import Operator
from tests.support.small_slices import use_small_slices
from tests.support.stream import Stream, streams_client

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

    from tests.support.queues import Queues

SEEDS = int(os.environ.get("CHAOS_SEEDS", "1"))
STEPS = 60
TRANSACTION_ITEMS = (30, 8, 100)


def expect_rest(crowd: Crowd) -> int:
    """Compare everything, once nothing waits; return how many associations operations moved."""
    found: list[Any] = list(reads.query_all(keys.associations(ACCOUNT)))
    resources = {item["resourceId"] for item in found}
    assert crowd.linked <= resources <= crowd.tried
    entities = {item["id"] for item in reads.query_all(keys.parents(ACCOUNT, ENTITY))}
    assert crowd.submitted <= entities
    assert orphans.check_account(ACCOUNT) == 0
    assert consistency.check(ACCOUNT, settle_seconds=0) == []
    assert audit_check.complete(ACCOUNT) == AuditDifferences(awaited=0, written=0)
    moved = 0
    for operation in reads.query_all(operation_keys.operations(ACCOUNT)):
        assert operation["state"] in {"SUCCEEDED", "FAILED"}, operation
        assert operation["openShards"] == 0
        shards = lookup.shards(operation)
        assert not any(shard["working"] for shard in shards)
        moved += sum(shard["done"] for shard in shards)
        assert summary.of(operation)["done"] == sum(shard["done"] for shard in shards)
    assert shard_failures.revive(0, 0) == 0
    return moved


@pytest.fixture
def operator(
    client: Client,
    database: "DynamoDBClient",
    table: str,
    endpoint: str,
    monkeypatch: pytest.MonkeyPatch,
) -> Operator:
    """An operator of a new account, whose audit entries count as missing at once."""
    monkeypatch.setattr(audit_check, "SETTLE_SECONDS", -60.0)
    return Operator(client, Stream(streams_client(endpoint), database, table))


@pytest.fixture
def agreement(database: "DynamoDBClient", table: str) -> Callable[[], None]:
    """Checks that each association has exactly its links."""
    return partial(check_agreement, database, table)


@pytest.fixture
def small_slices(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices of three associations, in transactions of a size that depends on the seed."""
    seed = request.node.callspec.params["seed"]
    use_small_slices(monkeypatch, TRANSACTION_ITEMS[seed % len(TRANSACTION_ITEMS)])


@pytest.fixture
def system(
    endpoint: str, database: "DynamoDBClient", table: str, submission_queues: "Queues"
) -> System:
    """The functions behind the stream of the table and the queue of submissions."""
    return System(Stream(streams_client(endpoint), database, table), submission_queues)


# A process that is killed has counted nothing.
@pytest.mark.filterwarnings("ignore:No application metrics to publish")
@pytest.mark.usefixtures("small_slices")
@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("fault", EVERY_FAULT)
def test_a_fault_at_any_call_leaves_nothing_lost_stuck_or_wrong(
    operator: Operator,
    system: System,
    agreement: Callable[[], None],
    fault: str,
    seed: int,
    record_property: Callable[[str, object], None],
) -> None:
    chance = random.Random(f"{fault} {seed}")
    crowd = Crowd(operator, chance)
    with faults(chance, fault):
        for _ in range(STEPS):
            crowd.act()
            if chance.random() < 0.5:
                system.deliver()
    while system.deliver():
        pass
    agreement()
    record_property(MOVES, expect_rest(crowd))
    assert crowd.linked
