"""One account, its clients and its stream function, run step by step in one thread.

Every call to DynamoDB passes through here. It can be cut off before or after it takes effect, or
something else can happen just before it. Each write is entered into the ledger.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from provisioning.core.errors import NotFoundError, ProvisioningError
from provisioning.core.identities import Identity
from provisioning.core.kinds import Kind
from provisioning.core.origins import SYSTEM
from provisioning.operations import (
    association_creation,
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
from provisioning.resources import associations, parents
from provisioning.resources.parents import Protection
from provisioning.table import keys
from provisioning.table.items import Item
from provisioning.table.primary_keys import Key
from tests.support.actors import Actor, Linking, Other, Unlinking, receiver
from tests.support.association_parts import default_key, resource
from tests.support.call_faults import KilledError, Trouble, ViolationError, operation_of
from tests.support.ledger import Effect, Ledger
from tests.support.seeding import ACCOUNT, age_shards, put, seeds
from tests.support.stream import Deliveries, Record, Stream, image, invoke
from tests.support.transport import Send, Wire, install

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

    from provisioning.table.operation_types import Shard

WRITES = {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"}


@dataclass(frozen=True)
class Outcome:
    """How a client's call ended.

    Attributes:
        error: What it raised, None for success.
        effects: What its writes did to associations.
    """

    error: BaseException | None
    effects: list[Effect]


class World:
    """An account in a table, its stream and its ledger.

    Attributes:
        ledger: The associations, checked at every write.
        deliveries: Stream records that are not delivered yet.
    """

    def __init__(
        self,
        database: "DynamoDBClient",
        stream: Stream,
        table: str,
        send: Send,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Watch a new table, through the client of the code under test."""
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
        """Apply a fault to the calls within."""
        kept, self._trouble = self._trouble, trouble
        try:
            yield
        finally:
            self._trouble = kept

    def meanwhile(self, at: int, action: Callable[[], object]) -> Trouble:
        """Return a fault by which something else happens just before a call."""

        def interrupted(request: AWSPreparedRequest, send: Send) -> AWSResponse:
            with self.meeting(Trouble(0)):
                action()
            return send(request)

        return Trouble(at, interrupted)

    @contextmanager
    def acting(self, actor: Actor) -> Iterator[list[Effect]]:
        """Make an actor the author of all writes within; yields their effects."""
        self._acting.append((actor, []))
        try:
            yield self._acting[-1][1]
        finally:
            self._acting.pop()

    def attempt(self, actor: Actor, action: Callable[[], object]) -> Outcome:
        """Let an actor do something, and return how it ended."""
        with self.acting(actor) as effects:
            try:
                action()
            except (ProvisioningError, KilledError) as error:
                return Outcome(error, effects)
        return Outcome(None, effects)

    def seed(self, given: Iterable[Identity]) -> None:
        """Put associations straight into the table, as if created long ago."""
        put(self._database, self._table, seeds(given))
        self.ledger.begin(self._stream.read())

    # --- clients --------------------------------------------------------------------------------

    def key(self, given: Identity) -> Key:
        """Return the key of an association."""
        return keys.association(ACCOUNT, given)

    def link(self, given: Identity) -> Outcome:
        """Let a client create an association."""
        return self.attempt(
            Linking(self.key(given), resource(given.members())),
            lambda: association_creation.create(ACCOUNT, given),
        )

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
        """Let a client protect an application or entity, or remove the protection."""
        return self.attempt(
            Other(), lambda: parents.protect(ACCOUNT, kind, identifier, Protection(protected))
        )

    def expect_impact(self, kind: Kind, identifier: str) -> None:
        """Compare the impact of deleting a parent with the ledger, if it exists."""
        linked = self.ledger.linked(kind, identifier)
        try:
            found = impact.of(ACCOUNT, kind, identifier)
        except NotFoundError:
            assert linked == []
            return
        targets = {default_key(item) for item in linked}
        new = targets - set(self.ledger.existing)
        assert (found.total, found.merged) == (len(linked), len(linked) - len(new))

    def operations(self) -> list[str]:
        """Return the ids of all operations, newest first."""
        return [item["operationId"] for item in lookup.list_page(ACCOUNT, 0, 1000).items]

    def resume(self, operation_id: str) -> Outcome:
        """Let a client resume an operation."""
        return self.attempt(Other(), lambda: control.resume(ACCOUNT, operation_id))

    def reassign(self, filters: Item, target: Target) -> Outcome:
        """Let a client reassign the associations that match a filter."""
        return self.attempt(Other(), lambda: reassignments.start(ACCOUNT, filters, target, SYSTEM))

    def undo(self, operation_id: str) -> Outcome:
        """Let a client undo an operation."""
        return self.attempt(Other(), lambda: undo.undo(ACCOUNT, operation_id, SYSTEM))

    def cancel(self, operation_id: str) -> Outcome:
        """Let a client cancel an operation."""
        return self.attempt(Other(), lambda: control.cancel(ACCOUNT, operation_id))

    # --- the function ---------------------------------------------------------------------------

    def deliver(self, key: Key) -> bool:
        """Deliver an item's next record to the function; return whether it succeeded.

        One that did not stays the next.
        """
        record = self.deliveries.take(key)
        handled = self.handle(record)
        self.deliveries.give_back(key, record) if not handled else self.deliveries.keep(record)
        return handled

    def handle(self, record: Record) -> bool:
        """Deliver a record to the function, any number of times; return whether it succeeded."""
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
        """Deliver a record to the function's rules, from within another call."""
        item = image(record, "NewImage")
        assert item is not None
        is_link = item["type"] == "association"
        return self.attempt(
            receiver(record),
            lambda: orphans.check([item]) if is_link else worker.advance(cast("Shard", item)),
        )

    def revive(self) -> int:
        """Wake all shards that are not done, however recent their progress is."""
        with self.acting(Other()):
            return shard_failures.revive(0, 0)

    def age(self, seconds: float) -> None:
        """Make the last progress of all shards so many seconds old."""
        age_shards(self._database, self._table, seconds)

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
