"""A course of chaos: clients change an account while calls fail, then everything is compared."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

import pytest

from provisioning.core.kinds import APPLICATION, ENTITY
from provisioning.operations import lookup, orphans, shard_failures, summary
from provisioning.projections import audit_check, consistency
from provisioning.projections.audit_check import AuditDifferences
from provisioning.table import keys, operation_keys, reads
from tests.support.associations import expect_agreement, shown, sms
from tests.support.chaos_actors import ACCOUNT, Crowd, System
from tests.support.chaos_faults import faults
from tests.support.chaos_place import Place
from tests.support.client import ROOT
from tests.support.operator import Operator
from tests.support.small_slices import use_small_slices

MOST_DELIVERIES = 20_000
"""More than any course needs to come to rest."""


@dataclass(frozen=True)
class Scale:
    """How much there is in a course.

    Attributes:
        resources: Resources that are linked.
        steps: Requests of clients.
        moving: How much of what clients request is about moves.
        transaction_items: Items that a transaction may have, of which the seed chooses.
        page_size: Associations that a slice reads at once.
        batch: Stream records that a function gets at once.
        batches: Batches that it gets after about every other request.
    """

    resources: int = 20
    steps: int = 60
    moving: int = 1
    transaction_items: tuple[int, ...] = (30, 8, 100)
    page_size: int = 3
    batch: int = 10
    batches: int = 1


class Outcome(NamedTuple):
    """The result of a course.

    Attributes:
        moved: Associations that operations have moved.
        linked: Resources whose association was answered with 201.
    """

    moved: int
    linked: int


def run(place: Place, operator: Operator, fault: str, seed: int, scale: Scale) -> Outcome:
    """Run a course, and compare everything once it is at rest."""
    chance = random.Random(f"{fault} {seed}")
    crowd = Crowd(operator, chance, scale.resources, scale.moving)
    system = System(place, chance, scale.batch)
    with _prepared(seed, scale):
        with faults(chance, fault, place):
            for _ in range(scale.steps):
                crowd.act()
                if chance.random() < 0.5:
                    for _ in range(scale.batches):
                        system.deliver()
        come_to_rest(system)
        expect_agreement(place.items())
        return Outcome(expect_rest(crowd), len(crowd.linked))


def come_to_rest(system: System) -> None:
    """Deliver everything that waits; whatever is never done is stuck."""
    for _ in range(MOST_DELIVERIES):
        if not system.deliver():
            return
    raise AssertionError("there is work that is never done")


@contextmanager
def _prepared(seed: int, scale: Scale) -> Iterator[None]:
    """Let slices be small, in transactions of a size that depends on the seed.

    Audit entries count as missing at once.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(audit_check, "SETTLE_SECONDS", -60.0)
        items = scale.transaction_items[seed % len(scale.transaction_items)]
        use_small_slices(patch, items, scale.page_size)
        yield


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
    expect_lists(crowd, found)
    assert shard_failures.revive(0, 0) == 0
    return expect_finished_operations()


def expect_lists(crowd: Crowd, found: list[Any]) -> None:
    """Compare what clients see of associations and quotas with the items."""
    stored = [
        sms(item["applicationId"], item.get("entityId"), item["resourceId"]) for item in found
    ]
    for member, value in ((None, ""), ("applicationId", "a"), ("entityId", "e")):
        wanted = [shown(each) for each in stored if member is None or each[member] == value]
        filters = {} if member is None else {member: value}
        assert sorted(map(str, listed(crowd, filters))) == sorted(map(str, wanted))
    used = crowd.operator.client.call("GET", f"{ROOT}/limits").json
    assert used["associations"]["used"] == len(found)
    for kind in (APPLICATION, ENTITY):
        parents = list(reads.query_all(keys.parents(ACCOUNT, kind)))
        assert used[kind.collection]["used"] == len(parents)


def listed(crowd: Crowd, filters: dict[str, str]) -> list[Any]:
    """Return the associations that meet filters, from all pages."""
    results: list[Any] = []
    while True:
        number = len(results) // 1000
        page = crowd.operator.client.list("associations", size=1000, page=number, **filters).json
        results += page["results"]
        if len(page["results"]) < 1000:
            assert page["paging"]["totalResults"] == len(results)
            return results


def expect_finished_operations() -> int:
    """Check that all operations have ended; return how many associations they moved."""
    moved = 0
    for operation in reads.query_all(operation_keys.operations(ACCOUNT)):
        assert operation["state"] in {"SUCCEEDED", "FAILED"}, operation
        assert operation["openShards"] == 0
        shards = lookup.shards(operation)
        assert not any(shard["working"] for shard in shards)
        moved += sum(shard["done"] for shard in shards)
        assert summary.of(operation)["done"] == sum(shard["done"] for shard in shards)
    return moved
