"""Chaos: faults at any call while an account is changed; at rest nothing is lost, stuck or wrong.

``make chaos`` runs every fault with more seeds (``CHAOS_SEEDS``).
"""

import os
import random
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import pytest

from provisioning.operations import lookup, orphans, shard_failures
from provisioning.projections import audit_check, consistency
from provisioning.projections.audit_check import AuditDifferences
from provisioning.table import keys, operation_keys, reads
from tests.support.associations import check_agreement, sms
from tests.support.call_faults import FAULTS, KilledError
from tests.support.client import Client, Context, Response, load_function
from tests.support.operator import Operator
from tests.support.stream import Record, Stream, settings, streams_client
from tests.support.transport import Answer, Send, through_to_engine

if TYPE_CHECKING:
    from botocore.awsrequest import AWSPreparedRequest, AWSResponse
    from mypy_boto3_dynamodb.client import DynamoDBClient

ACCOUNT = "acme"
SEEDS = int(os.environ.get("CHAOS_SEEDS", "1"))
STEPS = 60
FAULTY_CALLS = 0.05
"""The share of calls at which a fault begins."""
BATCH = 10


def faulty(chance: random.Random, fault: str) -> Answer:
    """Return what answers calls: now and then the fault, else the engine."""
    answer, times = FAULTS[fault]
    left = 0

    def respond(request: "AWSPreparedRequest", send: Send) -> "AWSResponse":
        nonlocal left
        if left == 0 and chance.random() < FAULTY_CALLS:
            left = times
        if left:
            left -= 1
            return answer(request, send)
        return send(request)

    return respond


class System:
    """The functions behind the stream, whose records wait until they are handled."""

    def __init__(self, stream: Stream) -> None:
        """Take the stream."""
        self._stream = stream
        self._waiting: dict[str, deque[Record]] = {"Changes": deque(), "Resets": deque()}

    def deliver(self) -> bool:
        """Deliver a batch to each function; return whether any record waited."""
        while records := self._stream.read():
            for function, waiting in self._waiting.items():
                waiting.extend(filter(settings(function).matches, records))
        batches = {
            function: [waiting.popleft() for _ in range(min(BATCH, len(waiting)))]
            for function, waiting in self._waiting.items()
        }
        for function, batch in batches.items():
            self._waiting[function].extendleft(reversed(self._failed(function, batch)))
        return any(batches.values())

    def _failed(self, function: str, batch: list[Record]) -> list[Record]:
        """Return the records of a batch that Lambda would deliver again."""
        try:
            answer = load_function(function.lower()).handler({"Records": batch}, Context())
        except (Exception, KilledError):  # noqa: BLE001 - Lambda retries whatever it was
            return batch
        failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
        numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
        return batch[min(map(numbers.index, failed)) :] if failed else []


class Crowd:
    """Clients that link, delete, create again, reassign and undo by chance.

    Attributes:
        linked: Resources whose association was answered with 201.
        tried: Resources that clients tried to link.
    """

    def __init__(self, operator: Operator, chance: random.Random) -> None:
        """Take an operator of the account."""
        self.linked: set[str] = set()
        self.tried: set[str] = set()
        self._operator = operator
        self._chance = chance
        self._operations: list[str] = []

    def act(self) -> None:
        """Send one request, which may be cut off."""
        with suppress(KilledError):
            self._chance.choice([self._link, self._link, self._create, self._move, self._undo])()

    def _parents(self) -> tuple[str, str | None]:
        return self._chance.choice("ab"), self._chance.choice(["e", "f", None])

    def _link(self) -> None:
        resource = str(self._chance.randrange(20))
        self.tried.add(resource)
        answer = self._operator.client.link(sms(*self._parents(), resource))
        if answer.status == 201:
            self.linked.add(resource)

    def _create(self) -> None:
        for collection, names in (("applications", "ab"), ("entities", "ef")):
            self._operator.client.create(collection, self._chance.choice(names))

    def _move(self) -> None:
        requests = [
            lambda: self._operator.delete("applications", "a"),
            lambda: self._operator.delete("entities", "e"),
            lambda: self._operator.delete(
                "applications", "a", onLinked="reassign", targetApplicationId="b"
            ),
            lambda: self._operator.reassign({"applicationId": "b"}, {"applicationId": "a"}),
        ]
        self._note(self._chance.choice(requests)())

    def _undo(self) -> None:
        if self._operations:
            self._note(self._operator.undo(self._chance.choice(self._operations)))

    def _note(self, answer: Response) -> None:
        location = answer.headers.get("Operation-Location")
        if location is not None:
            self._operations.append(location.rpartition("/")[2])


@contextmanager
def faults(chance: random.Random, fault: str) -> Iterator[None]:
    """Let calls to the table meet a fault now and then."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("time.sleep", lambda _seconds: None)
        through_to_engine(patch).always(faulty(chance, fault))
        yield


def expect_rest(database: "DynamoDBClient", table: str, crowd: Crowd) -> None:
    """Compare associations, links, counts, audit and operations, once nothing waits."""
    found: list[Any] = list(reads.query_all(keys.associations(ACCOUNT)))
    resources = {item["resourceId"] for item in found}
    assert crowd.linked <= resources <= crowd.tried
    check_agreement(database, table)
    assert orphans.check_account(ACCOUNT) == 0
    assert consistency.check(ACCOUNT, settle_seconds=0) == []
    assert audit_check.complete(ACCOUNT) == AuditDifferences(awaited=0, written=0)
    for operation in reads.query_all(operation_keys.operations(ACCOUNT)):
        assert operation["state"] in {"SUCCEEDED", "FAILED"}, operation
        assert operation["openShards"] == 0
        assert not any(shard["working"] for shard in lookup.shards(operation))
    assert shard_failures.revive(0, 0) == 0


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
def system(endpoint: str, database: "DynamoDBClient", table: str) -> System:
    """The functions behind the stream of the table."""
    return System(Stream(streams_client(endpoint), database, table))


# A process that is killed has counted nothing.
@pytest.mark.filterwarnings("ignore:No application metrics to publish")
@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_a_fault_at_any_call_leaves_nothing_lost_stuck_or_wrong(
    operator: Operator,
    system: System,
    database: "DynamoDBClient",
    table: str,
    fault: str,
    seed: int,
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
    expect_rest(database, table, crowd)
    assert crowd.linked
