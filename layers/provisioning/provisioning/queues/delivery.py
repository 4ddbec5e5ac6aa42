"""The one module that talks to SQS.

Every call is bounded in tries and time, and what is left after that is an error of this product:
nothing of the service's own leaves this module.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from provisioning.core.errors import ThrottledError, UnavailableError
from provisioning.table.aws import Client, ServiceError
from provisioning.table.connections import UnreachableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

MAXIMUM_BYTES = 2**20
"""Bytes that a message, or all of a batch, may have (AWS, "Amazon SQS message quotas")."""
BATCH_ENTRIES = 10
"""Entries of one batch at most (AWS, "SendMessageBatch")."""

_THROTTLES = {"RequestThrottled", "Throttling", "ThrottlingException", "OverLimit"}


@dataclass(frozen=True)
class Letter:
    """A message to be sent.

    Attributes:
        body: Its text.
        attributes: What is told about it beside its text.
    """

    body: str
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Its length in bytes, as the queue counts it."""
        told = (f"{name}String{value}" for name, value in self.attributes.items())
        return len(self.body.encode()) + sum(len(text.encode()) for text in told)

    def parameters(self) -> dict[str, Any]:
        """Return it as SQS takes it."""
        told = {
            name: {"DataType": "String", "StringValue": value}
            for name, value in self.attributes.items()
        }
        return {"MessageBody": self.body} | ({"MessageAttributes": told} if told else {})


@cache
def client() -> Client:
    """Return the client of this process (endpoint, region and credentials: the environment's).

    Raises:
        NotConfiguredError: There are no credentials, or no region.
    """
    return Client("sqs", "AmazonSQS")


def send(url: str, body: str) -> None:
    """Put a message on a queue; when a response is lost it may get there twice.

    Raises:
        ThrottledError, UnavailableError: Bounded tries did not get it through.
    """
    _call("SendMessage", QueueUrl=url, MessageBody=body)


def send_all(url: str, letters: Sequence[Letter]) -> set[int]:
    """Put messages on a queue, ten in a call.

    Returns:
        The positions of those that the queue took.

    Raises:
        ThrottledError, UnavailableError: Bounded tries did not get a whole call through.
    """
    taken: set[int] = set()
    for batch in _batches(letters):
        entries = [{"Id": str(at), **letters[at].parameters()} for at in batch]
        response = _call("SendMessageBatch", QueueUrl=url, Entries=entries)
        taken |= {int(entry["Id"]) for entry in response.get("Successful", ())}
    return taken


def _batches(letters: Sequence[Letter]) -> Iterator[list[int]]:
    """Cut messages, by their positions, into batches that SQS takes."""
    batch: list[int] = []
    size = 0
    for at, letter in enumerate(letters):
        if batch and (len(batch) == BATCH_ENTRIES or size + letter.size > MAXIMUM_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(at)
        size += letter.size
    if batch:
        yield batch


def remove_all(url: str, receipts: Iterable[str]) -> None:
    """Remove received messages from a queue, ten in a call; one that is not there is no matter.

    Raises:
        ThrottledError, UnavailableError: Bounded tries did not get a whole call through.
    """
    entries = [{"Id": str(at), "ReceiptHandle": receipt} for at, receipt in enumerate(receipts)]
    for start in range(0, len(entries), BATCH_ENTRIES):
        batch = entries[start : start + BATCH_ENTRIES]
        _call("DeleteMessageBatch", QueueUrl=url, Entries=batch)


def _call(operation: str, **parameters: Any) -> Any:
    try:
        return client().call(operation, parameters)
    except ServiceError as error:
        if error.code in _THROTTLES:
            raise ThrottledError from error
        raise UnavailableError from error
    except UnreachableError as error:
        raise UnavailableError from error
