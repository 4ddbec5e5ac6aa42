"""The stream records and shards of a reset: how many, in which order, whose associations."""

from functools import partial
from itertools import count
from typing import TYPE_CHECKING

import pytest

from provisioning.operations import lookup, shard_state, summary
from tests.support.resets import STEP, begin_reset, expect_done
from tests.support.seeding import ACCOUNT
from tests.support.stream import image
from tests.support.world import World

if TYPE_CHECKING:
    from provisioning.table.primary_keys import Key


def test_one_slice_causes_one_record_for_each_shard_however_often_it_writes(
    world: World, small_slices: None
) -> None:
    operation_id = begin_reset(world, "a", 8)
    assert world.deliver(world.deliveries.heads[0])
    assert world.ledger.done[operation_id] > 2  # more than one transaction holds
    assert [len(world.deliveries.waiting[key]) for key in world.deliveries.heads] == [1, 1]


def test_a_record_that_comes_again_after_its_slice_changes_nothing(
    world: World, small_slices: None
) -> None:
    operation_id = begin_reset(world, "a", 12)
    while world.deliveries.heads:
        assert world.deliver(world.deliveries.heads[0])
        waiting, done = world.deliveries.heads, world.ledger.done[operation_id]
        for record in world.deliveries.delivered:
            assert world.handle(record)
        assert world.deliveries.heads == waiting
        assert world.ledger.done[operation_id] == done
    expect_done(world, operation_id)
    world.expect_rest()


def deliver_first_of(world: World, keys: "list[Key]") -> None:
    """Let another process work on the next record of the first of these items, if any."""
    for key in keys[:1]:
        world.deliver_within(key)


def test_two_shards_may_split_or_end_at_the_same_moment(world: World, small_slices: None) -> None:
    for at in count(0, STEP):
        operation_id = begin_reset(world, f"a{at}", 8)
        met = False
        while shards := world.deliveries.heads:
            company = world.meanwhile(at, partial(deliver_first_of, world, shards[1:]))
            with world.meeting(company):
                assert world.deliver(shards[0])
            met = met or company.met
        expect_done(world, operation_id)
        if not met:
            break
    world.expect_rest()
    assert at > 8


def test_shards_leave_the_associations_of_others_alone(world: World, small_slices: None) -> None:
    operation_id = begin_reset(world, "a", 16)
    assert world.deliver(world.deliveries.heads[0])
    _, key = world.deliveries.heads
    record = world.deliveries.take(key)
    shard = image(record, "NewImage")
    assert shard is not None
    theirs = [link for link in world.ledger.stale() if link["SK"] > shard["first"]]
    world.deliver_all()
    assert world.ledger.stale() == theirs
    world.deliveries.give_back(key, record)
    world.deliver_all()
    expect_done(world, operation_id)


@pytest.mark.parametrize("place", [0, -1])
def test_an_operation_has_not_succeeded_before_its_last_shard(
    world: World, small_slices: None, place: int
) -> None:
    operation_id = begin_reset(world, "a", 8)
    while shards := world.deliveries.heads:
        shown = summary.of(lookup.get(ACCOUNT, operation_id))
        assert shown["state"] in {shard_state.PENDING, shard_state.RUNNING}
        assert "endedAt" not in shown
        assert world.deliver(shards[place])
    expect_done(world, operation_id)


@pytest.mark.parametrize("place", [0, -1])
def test_no_shard_expires_before_its_operation(
    world: World, small_slices: None, place: int
) -> None:
    operation_id = begin_reset(world, "a", 8)
    while shards := world.deliveries.heads:
        operation = lookup.get(ACCOUNT, operation_id)
        kept = [operation, *lookup.further_shards(operation)]
        assert not any("expiresAt" in shard for shard in kept)
        assert world.deliver(shards[place])
    operation = lookup.get(ACCOUNT, operation_id)
    ranges = lookup.further_shards(operation)
    assert ranges
    assert all(shard["expiresAt"] > operation["expiresAt"] for shard in ranges)
