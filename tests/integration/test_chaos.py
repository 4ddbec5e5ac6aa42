"""Chaos: faults at any call while an account is changed; at rest nothing is lost, stuck or wrong.

Clients load, link, delete, create again, reassign, undo, submit messages and rebuild page indexes
by chance; every slice is tiny. ``make chaos`` runs every fault with more seeds and more resources
(``CHAOS_SEEDS``, ``CHAOS_RESOURCES``) and reports how many associations operations have moved.
``tests/unit/test_chaos_in_memory.py`` does the same in memory, with many more associations.
"""

import os
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.support import chaos_course, moves_report
from tests.support.chaos_course import Scale
from tests.support.chaos_faults import EVERY_FAULT
from tests.support.chaos_place import Engine
from tests.support.client import Client
from tests.support.operator import Operator
from tests.support.stream import Stream, streams_client

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

    from tests.support.queues import Queues

SEEDS = int(os.environ.get("CHAOS_SEEDS", "1"))
SCALE = Scale(resources=int(os.environ.get("CHAOS_RESOURCES", "20")))


@pytest.fixture
def place(
    endpoint: str, database: "DynamoDBClient", table: str, submission_queues: "Queues"
) -> Engine:
    """A table of the engine, and a queue."""
    return Engine(
        Stream(streams_client(endpoint), database, table), database, table, submission_queues
    )


# A process that is killed has counted nothing.
@pytest.mark.filterwarnings("ignore:No application metrics to publish")
@pytest.mark.parametrize("seed", range(1, 1 + SEEDS))
@pytest.mark.parametrize("fault", EVERY_FAULT)
def test_a_fault_at_any_call_leaves_nothing_lost_stuck_or_wrong(
    place: Engine,
    client: Client,
    fault: str,
    seed: int,
    record_property: Callable[[str, object], None],
) -> None:
    outcome = chaos_course.run(place, Operator(client, place), fault, seed, SCALE)
    moves_report.record(record_property, fault, outcome.moved)
    assert outcome.linked
