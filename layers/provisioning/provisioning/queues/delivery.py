"""Calls SQS.

Every call is bounded in tries and time. Errors that remain are turned into errors of this product.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from provisioning.aws import clients
from provisioning.aws.clients import ServiceError, UnreachableError
from provisioning.core.errors import ThrottledError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from provisioning.aws.clients import Client

MAXIMUM_BYTES = 2**20
"""Bytes that a message, or all of a batch, may have (AWS, "Amazon SQS message quotas")."""
BATCH_ENTRIES = 10
"""Maximum entries of a batch (AWS, "SendMessageBatch")."""


@dataclass(frozen=True)
class QueueMessage:
    """A message to be sent.

    Attributes:
        body: Its text.
        attributes: Its message attributes.
    """

    body: str
    attributes: Mapping[str, str] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Its length in bytes, as the queue counts it."""
        attributes = (f"{name}String{value}" for name, value in self.attributes.items())
        return len(self.body.encode()) + sum(len(text.encode()) for text in attributes)

    def parameters(self) -> dict[str, Any]:
        """Return it as SQS expects it."""
        attributes = {
            name: {"DataType": "String", "StringValue": value}
            for name, value in self.attributes.items()
        }
        return {"MessageBody": self.body} | (
            {"MessageAttributes": attributes} if attributes else {}
        )


@cache
def client() -> Client:
    """Return the client of this process (endpoint, region and credentials: the environment's).

    Raises:
        NotConfiguredError: There is no region.
    """
    return clients.create("sqs")


def send(url: str, body: str) -> None:
    """Put a message on a queue; if a response is lost, it may be sent twice.

    Raises:
        ThrottledError, UnavailableError: All attempts failed.
    """
    _call("SendMessage", QueueUrl=url, MessageBody=body)


def send_all(url: str, messages: Sequence[QueueMessage]) -> set[int]:
    """Put messages on a queue, ten in a call.

    Returns:
        The positions of the messages that the queue accepted.

    Raises:
        ThrottledError, UnavailableError: All attempts at a call failed.
    """
    taken: set[int] = set()
    for batch in _batches(messages):
        entries = [{"Id": str(at), **messages[at].parameters()} for at in batch]
        response = _call("SendMessageBatch", QueueUrl=url, Entries=entries)
        taken |= {int(entry["Id"]) for entry in response.get("Successful", ())}
    return taken


def _batches(messages: Sequence[QueueMessage]) -> Iterator[list[int]]:
    """Yield the positions of messages in batches of the size that SQS accepts."""
    batch: list[int] = []
    size = 0
    for at, message in enumerate(messages):
        if batch and (len(batch) == BATCH_ENTRIES or size + message.size > MAXIMUM_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(at)
        size += message.size
    if batch:
        yield batch


def receive_all(url: str, hidden_seconds: int) -> Iterator[dict[str, Any]]:
    """Yield the messages of a queue, as SQS returns them, until it has no more to show.

    Args:
        url: The queue.
        hidden_seconds: How long a message stays hidden unless it is deleted.

    Raises:
        ThrottledError, UnavailableError: All attempts at a call failed.
    """
    while True:
        response = _call(
            "ReceiveMessage",
            QueueUrl=url,
            MaxNumberOfMessages=BATCH_ENTRIES,
            VisibilityTimeout=hidden_seconds,
        )
        messages = response.get("Messages", ())
        if not messages:
            return
        yield from messages


def remove_all(url: str, receipts: Iterable[str]) -> None:
    """Delete received messages from a queue, ten in a call; missing ones are ignored.

    Raises:
        ThrottledError, UnavailableError: All attempts at a call failed.
    """
    entries = [{"Id": str(at), "ReceiptHandle": receipt} for at, receipt in enumerate(receipts)]
    for start in range(0, len(entries), BATCH_ENTRIES):
        batch = entries[start : start + BATCH_ENTRIES]
        _call("DeleteMessageBatch", QueueUrl=url, Entries=batch)


def _call(operation: str, **parameters: Any) -> Any:
    started = time.monotonic()
    try:
        return clients.call(client(), operation, parameters)
    except ServiceError as error:
        reason = _description(operation, started, error)
        if error.code in clients.THROTTLES:
            raise ThrottledError(reason=reason) from error
        raise UnavailableError(reason) from error
    except UnreachableError as error:
        raise UnavailableError(_description(operation, started, error)) from error


def _description(operation: str, started: float, error: ServiceError | UnreachableError) -> str:
    """Return for the log what was called, how often, for how long, and why it failed."""
    seconds = time.monotonic() - started
    return f"{operation} failed after {error.attempts} attempts in {seconds:.1f} s: {error}"
