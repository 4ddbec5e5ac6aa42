"""Page indexes are exact in the end, whatever order writers, rebuilds and crashes had."""

import os

import pytest

from tests.support.memory import Memory
from tests.support.page_index_simulation import Account

SEEDS = int(os.environ.get("PAGE_INDEX_EXAMPLES", "40"))
"""Interleavings that a run tries; a thousand take some minutes."""
FIRST = int(os.environ.get("PAGE_INDEX_FIRST", "0"))
TIMES_AT_REST = 6


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS))
def test_whoever_wrote_and_died_when_all_is_exact_at_rest(memory: Memory, seed: int) -> None:
    account = Account(memory, seed)
    for _ in range(account.chance.randint(1, TIMES_AT_REST)):
        account.work()
        account.come_to_rest()
        account.check_counts()
    account.check_pages()
