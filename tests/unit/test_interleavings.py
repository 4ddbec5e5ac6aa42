"""Directories and copies are exact at rest, whoever wrote, followed, rebuilt and died when."""

import os

import pytest

from provisioning import directory, dynamodb, upkeep
from provisioning.directory import Sizes
from tests.support.interleaved import Account
from tests.support.memory import Memory

SEEDS = int(os.environ.get("DIRECTORY_EXAMPLES", "40"))
"""Interleavings that a run tries; a thousand take some minutes."""
FIRST = int(os.environ.get("DIRECTORY_FIRST", "0"))
SMALL_SIZES = Sizes(small=12, short=9, bucket=8, group=4)
"""Sizes by which a few dozen items make several groups."""
ROUNDS = 25
SHARE_AT_REST = 0.3


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch, pauses: list[float]) -> Memory:
    """A table in memory, which the code under test uses, and parts so small that they split."""
    monkeypatch.setattr(directory, "sizes", SMALL_SIZES)
    monkeypatch.setattr(upkeep, "LOOK_ONE_IN", 4)
    monkeypatch.setattr(upkeep, "CARVED_ITEMS", 16)
    monkeypatch.setattr(upkeep, "BUILD_SECONDS", 0)
    made = Memory()
    monkeypatch.setattr(dynamodb.client(), "call", made.call)
    return made


@pytest.mark.parametrize("seed", range(FIRST, FIRST + SEEDS))
def test_whoever_wrote_and_died_when_all_is_exact_at_rest(memory: Memory, seed: int) -> None:
    account = Account(memory, seed)
    for _ in range(account.chance.randint(1, ROUNDS)):
        account.work()
        if account.chance.random() < SHARE_AT_REST:
            account.come_to_rest()
            account.check_counts()
    account.come_to_rest()
    account.check_counts()
    account.check_pages()
