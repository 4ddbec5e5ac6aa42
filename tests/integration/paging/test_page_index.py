"""The page index agrees with a plain sorted list, whatever becomes of its stream records."""

import os
import random
import uuid
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    precondition,
    rule,
    run_state_machine_as_test,
)

from provisioning.paging import building, lifecycle, page_index, pages, rebuild, sizes
from provisioning.paging import check as page_index_check
from provisioning.projections import follower
from provisioning.table.items import Item
from provisioning.table.primary_keys import KeyRange, escape
from tests.support.sizes import SMALL_SIZES
from tests.support.stream_feed import CutOffError, PartitionFeed
from tests.support.transport import Answer, Wire, carried_out_but, passed, through_to_engine

EXAMPLES = int(os.environ.get("PAGE_INDEX_EXAMPLES", "6"))
"""Sequences of events that a run tries; hundreds of them are for a night."""
STEPS = 15

KEYS = st.one_of(
    st.integers(0, 99).map("{:02}".format),
    st.text("abé\U0001f600\U0010ffff", min_size=1, max_size=4),
    st.sampled_from(["x" * 250 + tail for tail in "abcdefgh"]),
).map(escape)


def cut_off(request: object, _: object) -> object:
    raise CutOffError


class PageIndexMachine(RuleBasedStateMachine):
    """Items are created and deleted; records are late, doubled, out of order and cut off."""

    wire: Wire

    @initialize(seed=st.integers(0, 2**32))
    def begin(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.feed = PartitionFeed(partition=f"ACCOUNT#{uuid.uuid4()}#APPLICATION")

    @rule(sort_keys=st.lists(KEYS, max_size=12))
    def items_come(self, sort_keys: list[str]) -> None:
        self.feed.put(*sort_keys)

    @rule(first=st.integers(0, 99), count=st.integers(1, 40))
    def items_come_in_order(self, first: int, count: int) -> None:
        self.feed.put(*(f"{number:03}" for number in range(first, first + count)))

    @rule(share=st.floats(0, 1))
    def items_go(self, share: float) -> None:
        standing = sorted(self.feed.existing)
        self.feed.remove(*self.chance.sample(standing, int(share * len(standing))))

    @rule(size=st.integers(1, 20))
    def records_come(self, size: int) -> None:
        self._deliver(size)

    @rule(
        size=st.integers(1, 20),
        calls=st.integers(0, 12),
        cut=st.sampled_from([cut_off, carried_out_but(cut_off)]),  # type: ignore[arg-type]
    )
    def records_come_and_the_function_dies(self, size: int, calls: int, cut: Answer) -> None:
        self.wire.then(*[passed] * calls, cut)
        with suppress(CutOffError):
            self._deliver(size)
        self.wire.script.clear()

    @precondition(lambda self: self.feed.build_record() is not None)
    @rule()
    def a_page_index_is_built(self) -> None:
        record = self.feed.build_record()
        assert record is not None
        follower.follow([record])

    @rule()
    def all_is_counted_anew(self) -> None:
        rebuild.rebuild(self.feed.partition)

    def _deliver(self, size: int) -> None:
        batch = self.feed.batch(size, self.chance)
        follower.follow(batch)
        self.feed.acknowledge(batch)

    def teardown(self) -> None:
        self.feed.come_to_rest()
        check_against_model(self.feed, self.chance)


def check_against_model(feed: PartitionFeed, chance: random.Random) -> None:
    """Assert that every page of the whole and of a range is that of a sorted list."""
    assert list(page_index_check.differences(feed.partition)) == []
    model = sorted(feed.existing)
    for size in (1, 3, 10, 100):
        for number in {0, 1, len(model) // size // 2, len(model) // size, len(model) // size + 1}:
            page = pages.page([KeyRange(feed.partition)], number, size)
            assert [item["SK"] for item in page.items] == model[number * size :][:size]
            assert page.total == len(model)
    ends = sorted(chance.choices([*model, "0", "5", "z"], k=4))
    bounds = [end + "!" for end in ends]  # which is no item's key, as the ends of all real ranges
    ranges = [
        KeyRange(feed.partition, bounds[0], bounds[1]),
        KeyRange(feed.partition, bounds[2], bounds[3]),
    ]
    within = [
        key
        for key_range in ranges
        for key in model
        if (key_range.first or "") <= key <= (key_range.last or "")
    ]
    for number in range(4):
        page = pages.page(ranges, number, 7)
        assert [item["SK"] for item in page.items] == within[number * 7 :][:7]
        assert page.total == len(within)


@pytest.fixture
def small_sizes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "current", SMALL_SIZES)
    monkeypatch.setattr(lifecycle, "LOOK_ONE_IN", 4)
    monkeypatch.setattr(building, "ITEMS_AT_ONCE", 16)


@pytest.mark.usefixtures("table", "small_sizes")
def test_what_is_not_kept_is_on_no_page_and_counts_in_no_short_range() -> None:
    feed = PartitionFeed(partition=f"ACCOUNT#{uuid.uuid4()}#APPLICATION")
    feed.put(*(f"{number:03}" for number in range(90)))
    feed.come_to_rest()
    assert page_index.read(feed.partition) is not None

    def keep(item: Item) -> bool:
        return int(item["SK"]) % 3 > 0

    def between(first: str, last: str) -> KeyRange[Item]:
        return KeyRange(feed.partition, first + "!", last + "!")

    short = [[between(f"{start:03}", f"{start + 6:03}")] for start in range(10, 20)]
    for ranges in (*short, [between("010", "013"), between("020", "023")]):
        found = pages.window(ranges, 0, 100, keep)
        assert all(keep(item) for item in found.items)
        assert found.total == len(found.items)
    whole = pages.window([KeyRange(feed.partition)], 30, 30, keep)
    assert [item["SK"] for item in whole.items] == [
        f"{number:03}" for number in range(30, 60) if number % 3
    ]
    assert whole.total == 90


@pytest.mark.usefixtures("table", "small_sizes")
def test_pages_are_those_of_a_sorted_list_whatever_becomes_of_the_records(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wire = through_to_engine(monkeypatch)

    class Machine(PageIndexMachine):
        pass

    Machine.wire = wire
    run_state_machine_as_test(
        Machine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            suppress_health_check=list(HealthCheck),
        ),
    )
