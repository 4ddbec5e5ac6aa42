"""Page indexes after a worker died at any of its calls."""

from collections.abc import Iterator
from contextlib import suppress
from itertools import count

import pytest

from tests.support.memory import Memory
from tests.support.page_index_scenarios import SCENARIOS, Scenario, check_exact, prepared
from tests.support.stream_feed import CutOffError


@pytest.mark.parametrize("scenario", SCENARIOS.values(), ids=SCENARIOS)
def test_killed_before_or_after_any_call_it_is_exact_after_the_records_come_again(
    memory: Memory, scenario: Scenario
) -> None:
    for left in count():
        account = prepared(scenario)
        remaining = iter(range(left))

        def pause(remaining: Iterator[int] = remaining) -> None:
            if next(remaining, None) is None:
                raise CutOffError

        memory.pause = pause
        with suppress(CutOffError):
            scenario.act(account)
        was_cut = next(remaining, None) is None
        memory.pause = lambda: None
        scenario.act(account)
        check_exact(account)
        if not was_cut:
            return
