"""Submitted messages: which entities they name, and how they are handed in.

A messaging service puts each submission that it accepted on the queue (in the shape of
``QueuedSubmission``), or posts it to the API, which does the same for it. The queue's function then
creates the entities (``submissions``).

A submission is read as far as it can be: what is wrong with one of its ids is told, and stops none
of the others.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from provisioning.core.clock import now
from provisioning.core.config import submissions_url
from provisioning.core.errors import InvalidError
from provisioning.messages.submission_shapes import (
    Message,
    MessageOptions,
    Platform,
    QueuedSubmission,
    Submission,
)
from provisioning.queues import delivery
from provisioning.shapes.fields import Model, Problems, parse_partly

_SHAPES = (QueuedSubmission, Submission, Message, MessageOptions, Platform)
_MEMBERS = {info.alias for shape in _SHAPES for info in shape.model_fields.values()}
_DEPTH = 6
"""How deep ids stand: queue message, submission, list, message, options, platform."""


@dataclass(frozen=True)
class Reading:
    """What could be read of a submission.

    Attributes:
        document: The submission, without the members that are not read.
        entity_ids: The entities that it names.
        problems: What is wrong with the rest.
    """

    document: Any
    entity_ids: frozenset[str]
    problems: Problems


def read(_shape: type[Model], document: object) -> Reading:
    """Read a submission, as the route's reader of bodies.

    Raises:
        InvalidError: Nothing of it can be read.
    """
    if document == {}:
        raise InvalidError({"body": ["must not be empty"]})
    relevant = essence(document)
    submission, problems = parse_partly(Submission, relevant)
    named = frozenset(entity_ids(submission))
    if problems and not named:
        raise InvalidError(problems)
    return Reading(relevant, named, problems)


def essence(document: object, depth: int = _DEPTH) -> Any:
    """Return a submission without the members that are not read: recipients, texts and the like.

    What stands where an id should be is kept, but nothing deeper.
    """
    match document:
        case dict():
            kept = {name: value for name, value in document.items() if name in _MEMBERS}
            return {name: essence(value, depth - 1) for name, value in kept.items() if depth}
        case list():
            return [essence(value, depth - 1) for value in document if depth]
    return document


def entity_ids(submission: Submission) -> Iterator[str]:
    """Yield the entities that a submission names, in all its messages and places."""
    for message in (submission, *(submission.messages or ())):
        options = message.options.platform if message.options else None
        for platform in (message, message.platform, options):
            if platform is not None and platform.entity_id is not None:
                yield platform.entity_id


def submit(account_id: str, reading: Reading) -> None:
    """Put a submission on the queue as submitted now, unless it names no entity.

    Of messages that name the same, one is put: no text and no recipient gets on the queue, so
    they are equal there.

    Raises:
        InvalidError: It is longer than the queue takes.
        ThrottledError, UnavailableError: The queue did not take it.
    """
    if not reading.entity_ids:
        return
    queued = {
        "accountId": account_id,
        "submittedAt": now(),
        "submission": _without_repetitions(reading.document),
    }
    # In ASCII: the queue refuses some characters that an id may hold (AWS, "SendMessage").
    text = json.dumps(queued, separators=(",", ":"))
    if len(text) > delivery.MAXIMUM_BYTES:
        raise InvalidError({"body": ["names too many entities for one submission"]})
    delivery.send(submissions_url(), text)


def _without_repetitions(document: dict[str, Any]) -> dict[str, Any]:
    messages = document.get("messages")
    if not isinstance(messages, list):
        return document
    distinct = {json.dumps(message): message for message in messages if message}
    return document | {"messages": list(distinct.values())}
