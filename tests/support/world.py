"""One account, its clients and its stream function, played step by step in one thread.

Every call to DynamoDB passes through here: it can be cut off before or after it took effect, or
something else can happen just before it; and each write is entered into the ledger.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from provisioning.core import ids
from provisioning.core.errors import NotFoundError, ProvisioningError
from provisioning.core.identities import Identity
from provisioning.core.kinds import DEFAULT_APPLICATION, Kind
from provisioning.core.origins import SYSTEM
from provisioning.operations import (
    control,
    deletions,
    impact,
    lookup,
    orphans,
    reassignments,
    shard_failures,
    undo,
    worker,
)
from provisioning.operations.deletions import DeleteOptions
from provisioning.operations.target import Target
from provisioning.resources import association_items, associations, parents
from provisioning.table import items
from provisioning.table.items import Item
from provisioning.table.primary_keys import Key
from tests.support.ledger import (
    Actor,
    Effect,
    Ledger,
    Linking,
    Other,
    Unlinking,
    default_key,
    receiver,
)
from tests.support.stream import Deliveries, Record, Stream, image, invoke
from tests.support.transport import (
    Answer,
    Send,
    Wire,
    cancelled,
    carried_out_but,
    failed,
    install,
    passed,
    unanswered,
    unreachable,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

    from provisioning.table.operation_types import Shard

ACCOUNT = "acme"
WRITES = {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"}


def association(
    application_id: str = DEFAULT_APPLICATION, entity_id: str | None = None, resource_id: str = "1"
) -> Identity:
    """Return the association of a number."""
    return Identity(
        resource_type="NUMBER",
        channel="SMS",
        application_id=application_id,
        entity_id=entity_id,
        resource_id=resource_id,
    )


# --- what can go wrong with a call ------------------------------------------------------------


class KilledError(BaseException):
    """The process ends here."""


class ViolationError(BaseException):
    """A write did what its actor may not do; no handler of errors may hide it."""


def killed_before(request: AWSPreparedRequest, _: Send) -> AWSResponse:
    """End the process before it sends the request."""
    raise KilledError


def in_transactions(answer: Answer) -> Answer:
    """Let a fault happen to transactions only; other requests go through."""

    def checked(request: AWSPreparedRequest, send: Send) -> AWSResponse:
        return answer(request, send) if operation_of(request) in TRANSACTIONS else send(request)

    return checked


TRANSACTIONS = {"TransactWriteItems"}

FAULTS: dict[str, tuple[Answer, int]] = {
    "killed before": (killed_before, 1),
    "killed after": (carried_out_but(killed_before), 1),
    "unreachable": (unreachable, 3),
    "response lost once": (carried_out_but(unanswered), 1),
    "every response lost": (carried_out_but(unanswered), 3),
    "conflict": (in_transactions(cancelled("TransactionConflict")), 1),
    "conflicts without end": (in_transactions(cancelled("TransactionConflict")), 7),
    "throughput exceeded": (failed("ProvisionedThroughputExceededException"), 1),
    "throughput exceeded for long": (failed("ProvisionedThroughputExceededException"), 3),
    "throttled for long": (failed("ThrottlingException"), 3),
    "a part throttled": (in_transactions(cancelled("None", "ThrottlingError")), 1),
    "failing for long": (failed("InternalServerError", 500), 3),
}
"""What becomes of a call, and of how many behind it, so that the retries of the SDK fail too."""


@dataclass
class Trouble:
    """What happens to some of the calls to come.

    Attributes:
        at: How many calls go through before.
        answer: What becomes of the calls then.
        times: How many calls it concerns.
        calls: How many calls there were so far.
    """

    at: int
    answer: Answer = passed
    times: int = 1
    calls: int = 0

    @property
    def met(self) -> bool:
        """Tell whether it has happened."""
        return self.calls > self.at

    def next(self) -> Answer:
        """Return what becomes of the next call."""
        number, self.calls = self.calls, self.calls + 1
        return self.answer if self.at <= number < self.at + self.times else passed

    @classmethod
    def of(cls, at: int, fault: str) -> "Trouble":
        """Return one of ``FAULTS``."""
        answer, times = FAULTS[fault]
        return cls(at, answer, times)


def operation_of(request: AWSPreparedRequest) -> str:
    """Return which of DynamoDB's operations a request asks for."""
    target: Any = request.headers["X-Amz-Target"]
    return str(target.decode()).rpartition(".")[2]


def seeds(given: Iterable[Identity]) -> Iterator[Item]:
    """Yield the items of associations whose parents exist, as a client's call makes them."""
    present: dict[tuple[str, str | None], dict[str, str]] = {}
    for wanted in given:
        hangs_on = (wanted.application_id, wanted.entity_id)
        if hangs_on not in present:
            present[hangs_on] = associations._select(
                wanted, associations.generations_for(ACCOUNT, [wanted])
            )
        yield from association_items.items_of(ACCOUNT, wanted, ids.new_id(), present[hangs_on])


def put(database: "DynamoDBClient", table: str, found_items: Iterable[Item]) -> None:
    """Write items in batches, past the code under test."""
    requests: list[Any] = [{"PutRequest": {"Item": items.encode(item)}} for item in found_items]
    for start in range(0, len(requests), 25):
        answer = database.batch_write_item(RequestItems={table: requests[start : start + 25]})
        assert not answer["UnprocessedItems"]


# --- the world ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Outcome:
    """How a client's call ended.

    Attributes:
        error: What it raised, None for success.
        effects: What its own writes did to associations.
    """

    error: BaseException | None
    effects: list[Effect]


class World:
    """An account in a table, its stream, and the books that are kept of it.

    Attributes:
        ledger: What stands, judged at every write.
        deliveries: Stream records on their way.
    """

    def __init__(
        self,
        database: "DynamoDBClient",
        stream: Stream,
        table: str,
        send: Send,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Watch a table that is new, with the client of the code under test."""
        self._database = database
        self._table = table
        self._stream = stream
        self._acting: list[tuple[Actor, list[Effect]]] = []
        self._trouble = Trouble(0)
        self.ledger = Ledger()
        self.deliveries = Deliveries()
        self._wire = install(Wire(send_on=send, otherwise=self._answer), monkeypatch)

    # --- every call -----------------------------------------------------------------------------

    def _answer(self, request: AWSPreparedRequest, send: Send) -> AWSResponse:
        self._wire.requests.clear()
        answer = self._trouble.next()
        return answer(request, lambda given: self._sent(given, send))

    def _sent(self, request: AWSPreparedRequest, send: Send) -> AWSResponse:
        response = send(request)
        if operation_of(request) in WRITES and response.status_code == 200:
            self._enter()
        return response

    def _enter(self) -> None:
        actor, effects = self._acting[-1]
        records = self._stream.read()
        try:
            effect = self.ledger.enter(actor, records)
        except AssertionError as error:
            message = f"{actor} wrote {json.dumps([r['dynamodb'] for r in records], indent=1)}"
            raise ViolationError(message) from error
        effects += [effect] if effect else []
        self.deliveries.add(records)

    @contextmanager
    def meeting(self, trouble: Trouble) -> Iterator[None]:
        """Let the calls within meet some trouble."""
        kept, self._trouble = self._trouble, trouble
        try:
            yield
        finally:
            self._trouble = kept

    def meanwhile(self, at: int, action: Callable[[], object]) -> Trouble:
        """Return that something else happens in between, just before a call."""

        def interrupted(request: AWSPreparedRequest, send: Send) -> AWSResponse:
            with self.meeting(Trouble(0)):
                action()
            return send(request)

        return Trouble(at, interrupted)

    @contextmanager
    def acting(self, actor: Actor) -> Iterator[list[Effect]]:
        """Let all writes within be an actor's; they add to the effects that it yields."""
        self._acting.append((actor, []))
        try:
            yield self._acting[-1][1]
        finally:
            self._acting.pop()

    def attempt(self, actor: Actor, action: Callable[[], object]) -> Outcome:
        """Let an actor do something, and tell how it ended."""
        with self.acting(actor) as effects:
            try:
                action()
            except (ProvisioningError, KilledError) as error:
                return Outcome(error, effects)
        return Outcome(None, effects)

    def seed(self, given: Iterable[Identity]) -> None:
        """Put associations straight into the table, as if made long ago."""
        put(self._database, self._table, seeds(given))
        self.ledger.begin(self._stream.read())

    # --- clients --------------------------------------------------------------------------------

    def key(self, given: Identity) -> Key:
        """Return the key of an association."""
        return association_items.key_of(ACCOUNT, given)

    def link(self, given: Identity) -> Outcome:
        """Let a client create an association."""
        return self.attempt(Linking(self.key(given)), lambda: associations.create(ACCOUNT, given))

    def unlink(self, given: Identity) -> Outcome:
        """Let a client delete an association."""
        return self.attempt(Unlinking(self.key(given)), lambda: associations.delete(ACCOUNT, given))

    def create(self, kind: Kind, identifier: str) -> Outcome:
        """Let a client create an application or entity."""
        return self.attempt(Other(), lambda: parents.create(ACCOUNT, kind, identifier, None))

    def delete(self, kind: Kind, identifier: str, wish: DeleteOptions | None = None) -> Outcome:
        """Let a client delete an application or entity."""
        return self.attempt(
            Other(),
            lambda: deletions.delete(ACCOUNT, kind, identifier, SYSTEM, wish or DeleteOptions()),
        )

    def protect(self, kind: Kind, identifier: str, *, protected: bool) -> Outcome:
        """Let a client protect an application or entity, or lift that."""
        return self.attempt(
            Other(), lambda: parents.protect(ACCOUNT, kind, identifier, protected=protected)
        )

    def expect_impact(self, kind: Kind, identifier: str) -> None:
        """Compare what would become of a parent's links with the books, if it exists."""
        linked = self.ledger.linked(kind, identifier)
        try:
            told = impact.of(ACCOUNT, kind, identifier)
        except NotFoundError:
            assert linked == []
            return
        targets = {default_key(item) for item in linked}
        new = targets - set(self.ledger.standing)
        assert (told.total, told.merged) == (len(linked), len(linked) - len(new))

    def operations(self) -> list[str]:
        """Return the ids of all operations, newest first."""
        return [item["operationId"] for item in lookup.list_page(ACCOUNT, 0, 1000).items]

    def resume(self, operation_id: str) -> Outcome:
        """Let a client resume an operation."""
        return self.attempt(Other(), lambda: control.resume(ACCOUNT, operation_id))

    def reassign(self, filters: Item, target: Target) -> Outcome:
        """Let a client reassign what meets a filter."""
        return self.attempt(Other(), lambda: reassignments.start(ACCOUNT, filters, target, SYSTEM))

    def undo(self, operation_id: str) -> Outcome:
        """Let a client undo an operation."""
        return self.attempt(Other(), lambda: undo.undo(ACCOUNT, operation_id, SYSTEM))

    def cancel(self, operation_id: str) -> Outcome:
        """Let a client cancel an operation."""
        return self.attempt(Other(), lambda: control.cancel(ACCOUNT, operation_id))

    # --- the function ---------------------------------------------------------------------------

    def deliver(self, key: Key) -> bool:
        """Deliver an item's next record to the function; tell whether it got through.

        One that did not stays the next.
        """
        record = self.deliveries.take(key)
        handled = self.handle(record)
        self.deliveries.give_back(key, record) if not handled else self.deliveries.keep(record)
        return handled

    def handle(self, record: Record) -> bool:
        """Hand a record to the function, as often as one likes; tell whether it got through."""
        with self.acting(receiver(record)):
            try:
                return not invoke([record])
            except KilledError:
                return False

    def deliver_within(self, key: Key) -> None:
        """Deliver an item's next record from within another call.

        The function itself runs one invocation at a time in a process, so its rules are called.
        """
        record = self.deliveries.take(key)
        self.deliveries.keep(record)
        outcome = self.handle_within(record)
        if outcome.error is not None:
            raise ViolationError from outcome.error

    def handle_within(self, record: Record) -> Outcome:
        """Hand a record to the function's rules, from within another call."""
        item = image(record, "NewImage")
        assert item is not None
        is_link = item["type"] == "association"
        return self.attempt(
            receiver(record),
            lambda: orphans.check([item]) if is_link else worker.advance(cast("Shard", item)),
        )

    def revive(self) -> int:
        """Wake all work that is not done, however recently it was."""
        with self.acting(Other()):
            return shard_failures.revive(0, 0)

    def age(self, seconds: float) -> None:
        """Let no work have shown progress for so long."""
        moment = (datetime.now(UTC) - timedelta(seconds=seconds)).isoformat(timespec="milliseconds")
        for item in self._database.scan(TableName=self._table)["Items"]:
            if "open" in item:
                self._database.update_item(
                    TableName=self._table,
                    Key={"PK": item["PK"], "SK": item["SK"]},
                    UpdateExpression="SET updatedAt = :moment, awake = :asleep",
                    ExpressionAttributeValues={
                        ":moment": {"S": moment},
                        ":asleep": {"BOOL": False},
                    },
                )

    def deliver_all(self) -> None:
        """Deliver what waits, and what that brings, until nothing waits."""
        for _ in range(10_000):
            if not self.deliveries.heads:
                return
            self.deliver(self.deliveries.heads[0])
        raise AssertionError("the function sets itself off without end")

    def expect_rest(self) -> None:
        """Compare the whole table with the books, once nothing is left to be done."""
        self.ledger.expect_counts(self.ledger.expect_rest(self._database, self._table))
