"""Those who act in a test of chaos: clients, and the functions behind the stream and the queue."""

import random
from collections import deque
from contextlib import suppress

from provisioning.core.errors import ProvisioningError
from provisioning.projections import consistency
from tests.support.associations import sms
from tests.support.call_faults import KilledError
from tests.support.chaos_place import Place
from tests.support.client import Context, Response, load_function
from tests.support.operator import Operator
from tests.support.stream import Record, settings

ACCOUNT = "acme"
MOST_AT_ONCE = 1000
"""Associations that one bulk may link."""
SUBMITTED = "message-{}"
"""The entities that messages name, which nobody deletes."""
TWICE = 0.03
"""The share of batches that Lambda delivers again although they succeeded."""


class System:
    """The functions behind the stream and the queue, whose records wait until they are handled."""

    def __init__(self, place: Place, chance: random.Random, batch: int) -> None:
        """Take where the stream and the queue are, and how many records are delivered at once."""
        self._place = place
        self._queue = place.queue
        self._chance = chance
        self._batch = batch
        self._waiting: dict[str, deque[Record]] = {"Changes": deque(), "Resets": deque()}

    def deliver(self) -> bool:
        """Deliver a batch to each function; return whether any record waited."""
        while records := self._place.read():
            for function, waiting in self._waiting.items():
                waiting.extend(filter(settings(function).matches, records))
        batches = {
            function: [waiting.popleft() for _ in range(min(self._batch, len(waiting)))]
            for function, waiting in self._waiting.items()
        }
        for function, batch in batches.items():
            if batch:
                self._waiting[function].extendleft(reversed(self._again(function, batch)))
        return self._deliver_submissions() or any(batches.values())

    def _deliver_submissions(self) -> bool:
        """Deliver what waits on the queue; return whether anything did."""
        event = self._queue.event()
        if not event["Records"]:
            return False
        with suppress(Exception, KilledError):
            answer = load_function("submissions").handler(event, Context())
            failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
            for record in event["Records"]:
                if record["messageId"] not in failed:
                    self._queue.delete(record["receiptHandle"])
        self._queue.show(event)
        return True

    def _again(self, function: str, batch: list[Record]) -> list[Record]:
        """Deliver a batch; return the records of it that Lambda would deliver again."""
        delivered_again = self._chance.random() < TWICE
        try:
            answer = load_function(function.lower()).handler({"Records": batch}, Context())
        except (Exception, KilledError):  # noqa: BLE001 - Lambda retries whatever it was
            return batch
        failed = {each["itemIdentifier"] for each in answer["batchItemFailures"]}
        numbers = [record["dynamodb"]["SequenceNumber"] for record in batch]
        if failed:
            return batch[min(map(numbers.index, failed)) :]
        return batch if delivered_again else []


class Crowd:
    """Clients that link, delete, create again, reassign and undo by chance.

    Attributes:
        operator: The operator of the account.
        linked: Resources whose association was answered with 201.
        tried: Resources that clients tried to link.
        submitted: Entities that accepted messages name.
    """

    def __init__(
        self, operator: Operator, chance: random.Random, resources: int, moving: int
    ) -> None:
        """Take an operator of the account.

        Args:
            operator: The operator.
            chance: What decides.
            resources: How many resources are linked.
            moving: How much of what clients request is about moves.
        """
        self.linked: set[str] = set()
        self.tried: set[str] = set()
        self.submitted: set[str] = set()
        self.operator = operator
        self._chance = chance
        self._resources = resources
        self._operations: list[str] = []
        self._requests = [
            *(self._link, self._load, self._submit, self._rebuild),
            *(self._create, self._move, self._move, self._undo) * moving,
        ]

    def act(self) -> None:
        """Send one request, which may be cut off."""
        with suppress(KilledError):
            self._chance.choice(self._requests)()

    def _parents(self) -> tuple[str, str | None]:
        return self._chance.choice("ab"), self._chance.choice(["e", "f", None])

    def _link(self) -> None:
        resource = str(self._chance.randrange(self._resources))
        self.tried.add(resource)
        answer = self.operator.client.link(sms(*self._parents(), resource))
        if answer.status == 201:
            self.linked.add(resource)

    def _load(self) -> None:
        """Link many resources in bulk."""
        count = min(self._resources // 2, MOST_AT_ONCE)
        resources = self._chance.sample(range(self._resources), count)
        parents = self._parents()
        links = [sms(*parents, str(resource)) for resource in resources]
        self.tried |= {link["resourceId"] for link in links}
        answer = self.operator.post("associations/bulk", {"link": links})
        if answer.status in {200, 207}:
            outcomes = answer.json["results"]
            self.linked |= {
                outcome["association"]["resourceId"]
                for outcome in outcomes
                if outcome["status"] == 201
            }

    def _submit(self) -> None:
        name = SUBMITTED.format(self._chance.randrange(20))
        answer = self.operator.post("messages", {"messages": [{"entityId": name}]})
        if answer.status == 202:
            self.submitted.add(name)

    def _rebuild(self) -> None:
        with suppress(ProvisioningError):
            consistency.rebuild(ACCOUNT)

    def _create(self) -> None:
        for collection, names in (("applications", "ab"), ("entities", "ef")):
            self.operator.client.create(collection, self._chance.choice(names))

    def _move(self) -> None:
        requests = [
            lambda: self.operator.delete("applications", "a"),
            lambda: self.operator.delete("entities", "e"),
            lambda: self.operator.delete(
                "applications", "a", onLinked="reassign", targetApplicationId="b"
            ),
            lambda: self.operator.reassign({"applicationId": "b"}, {"applicationId": "a"}),
        ]
        self._note(self._chance.choice(requests)())

    def _undo(self) -> None:
        if self._operations:
            self._note(self.operator.undo(self._chance.choice(self._operations)))

    def _note(self, answer: Response) -> None:
        location = answer.headers.get("Operation-Location")
        if location is not None:
            self._operations.append(location.rpartition("/")[2])
