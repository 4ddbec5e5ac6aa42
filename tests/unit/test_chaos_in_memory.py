"""Chaos on a table in memory: the courses of ``tests/integration/test_chaos.py``, and larger ones.

``make chaos MOVES=2000000`` runs courses, with fresh seeds, until operations have moved so
many associations. ``CHAOS_FIRST_SEED`` is the seed of the first course of each fault.
"""

import os
from collections.abc import Callable, Iterator
from itertools import count

import pytest

from provisioning.accounts import accounts, key_creation
from provisioning.core.log import logger
from provisioning.paging import lifecycle, sizes
from tests.support import chaos_course, moves_report
from tests.support.chaos_actors import ACCOUNT
from tests.support.chaos_course import Outcome, Scale
from tests.support.chaos_faults import EVERY_FAULT
from tests.support.client import Client
from tests.support.memory_place import in_memory
from tests.support.operator import Operator
from tests.support.sizes import SMALL_SIZES

WANTED = int(os.environ.get("CHAOS_MOVES", "0")) / len(EVERY_FAULT)
"""Associations that operations have to move with each fault."""
FIRST_SEED = int(os.environ.get("CHAOS_FIRST_SEED", "0"))
SMALL = Scale()
"""Small slices find interleavings."""
LARGE = Scale(2000, 200, moving=4, transaction_items=(100,), page_size=60, batch=100, batches=60)
"""Large lists have page indexes, and are moved by many slices."""


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """What many courses log would fill the disk."""
    level = logger.log_level
    if "CHAOS_MOVES" in os.environ:
        logger.setLevel("CRITICAL")
    yield
    logger.setLevel(level)


def course(fault: str, seed: int) -> Outcome:
    """Run a course on a new table: small and large ones in turn."""
    is_small = seed % 2 == 0
    with in_memory(f"{fault} {seed}") as place, pytest.MonkeyPatch.context() as patch:
        if is_small:
            patch.setattr(sizes, "current", SMALL_SIZES)
            patch.setattr(lifecycle, "LOOK_ONE_IN", 1)
        accounts.create(ACCOUNT)
        operator = Operator(Client(key_creation.create_key(ACCOUNT)), place)
        return chaos_course.run(place, operator, fault, seed, SMALL if is_small else LARGE)


# A process that is killed has counted nothing.
@pytest.mark.filterwarnings("ignore:No application metrics to publish")
@pytest.mark.parametrize("fault", EVERY_FAULT)
def test_a_fault_at_any_call_leaves_nothing_lost_stuck_or_wrong(
    fault: str, record_property: Callable[[str, object], None]
) -> None:
    moved = linked = 0
    for seed in count(FIRST_SEED):
        try:
            outcome = course(fault, seed)
        except BaseException as error:
            error.add_note(f"fault {fault!r}, seed {seed}")
            raise
        moves_report.record(record_property, fault, outcome.moved)
        moved, linked = moved + outcome.moved, linked + outcome.linked
        if moved >= WANTED:
            break
    assert linked
