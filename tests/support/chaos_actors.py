"""Those who act in a test of chaos: clients, and the functions behind the stream and the queue."""

import os
import random
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING

from provisioning.core.errors import ProvisioningError
from provisioning.projections import consistency
from tests.support.associations import sms
from tests.support.call_faults import KilledError
from tests.support.client import Context, Response, load_function
from tests.support.operator import Operator
from tests.support.stream import Record, Stream, settings

if TYPE_CHECKING:
    from tests.support.queues import Queues

ACCOUNT = "acme"
RESOURCES = int(os.environ.get("CHAOS_RESOURCES", "20"))
SUBMITTED = "message-{}"
"""The entities that messages name, which nobody deletes."""
BATCH = 10


class System:
    """The functions behind the stream and the queue, whose records wait until they are handled."""

    def __init__(self, stream: Stream, queues: "Queues") -> None:
        """Take the stream and the queues."""
        self._stream = stream
        self._queues = queues
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
        return self._deliver_submissions() or any(batches.values())

    def _deliver_submissions(self) -> bool:
        """Deliver what waits on the queue; return whether anything did."""
        event = self._queues.event()
        if not event["Records"]:
            return False
        with suppress(Exception, KilledError):
            answer = load_function("submissions").handler(event, Context())
            failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
            for record in event["Records"]:
                if record["messageId"] not in failed:
                    self._queues.delete(record["receiptHandle"])
        self._queues.show(event)
        return True

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
        submitted: Entities that accepted messages name.
    """

    def __init__(self, operator: Operator, chance: random.Random) -> None:
        """Take an operator of the account."""
        self.linked: set[str] = set()
        self.tried: set[str] = set()
        self.submitted: set[str] = set()
        self._operator = operator
        self._chance = chance
        self._operations: list[str] = []

    def act(self) -> None:
        """Send one request, which may be cut off."""
        with suppress(KilledError):
            self._chance.choice(
                [
                    *(self._link, self._load, self._create, self._move, self._move, self._undo),
                    *(self._submit, self._rebuild),
                ]
            )()

    def _parents(self) -> tuple[str, str | None]:
        return self._chance.choice("ab"), self._chance.choice(["e", "f", None])

    def _link(self) -> None:
        resource = str(self._chance.randrange(RESOURCES))
        self.tried.add(resource)
        answer = self._operator.client.link(sms(*self._parents(), resource))
        if answer.status == 201:
            self.linked.add(resource)

    def _load(self) -> None:
        """Link many resources in bulk."""
        resources = self._chance.sample(range(RESOURCES), RESOURCES // 2)
        parents = self._parents()
        links = [sms(*parents, str(resource)) for resource in resources]
        self.tried |= {link["resourceId"] for link in links}
        answer = self._operator.post("associations/bulk", {"link": links})
        if answer.status in {200, 207}:
            outcomes = answer.json["results"]
            self.linked |= {
                outcome["association"]["resourceId"]
                for outcome in outcomes
                if outcome["status"] == 201
            }

    def _submit(self) -> None:
        name = SUBMITTED.format(self._chance.randrange(20))
        answer = self._operator.post("messages", {"messages": [{"entityId": name}]})
        if answer.status == 202:
            self.submitted.add(name)

    def _rebuild(self) -> None:
        with suppress(ProvisioningError):
            consistency.rebuild(ACCOUNT)

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
