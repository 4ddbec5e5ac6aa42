"""Reading a submission: which entities it names.

A submission is read as far as possible: an invalid id is reported, and does not prevent the others
from being used.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from provisioning.core.errors import MAXIMUM_PROBLEMS, InvalidError
from provisioning.messages.submission_shapes import (
    Message,
    MessageOptions,
    Platform,
    QueuedSubmission,
    Submission,
)
from provisioning.shapes.fields import Model, Problems, member_at
from provisioning.shapes.partly import Elements, parse_partly

_SHAPES = (QueuedSubmission, Submission, Message, MessageOptions, Platform)
_MEMBERS = {info.alias for shape in _SHAPES for info in shape.model_fields.values()}
_DEPTH = 6
"""The depth of the deepest id: queue message, submission, list, message, options, platform."""
MESSAGES = Elements(("messages",), Message)
"""The messages of a submission."""
_WITH_TEXT = (str, dict, list)
"""Types of values of JSON that can have text: the others need no call each."""
_SURROGATE = re.compile("[\ud800-\udfff]")
"""A surrogate without its partner. UTF-8 cannot represent it."""


@dataclass(frozen=True)
class Reading:
    """What could be read of a submission.

    Attributes:
        document: The submission, without the members that are not used.
        entity_ids: The entities that it names.
        problems: What is wrong with the rest.
    """

    document: Any
    entity_ids: frozenset[str]
    problems: Problems


def read_posted(shape: type[Model], document: object) -> Reading:
    """Read a submission that a client posts, as the route's reader of bodies.

    Raises:
        InvalidError: A string of it is no Unicode text, or nothing of it can be used.
    """
    halves = islice(_halves_of_characters(document), MAXIMUM_PROBLEMS)
    if problems := {member_at(steps): ["must be valid Unicode text"] for steps in halves}:
        raise InvalidError(problems)
    return read(shape, document)


def _halves_of_characters(document: object, *steps: str | int) -> Iterator[tuple[str | int, ...]]:
    """Yield the steps to each string that contains half of a character, names included."""
    if isinstance(document, str):
        if _SURROGATE.search(document):
            yield steps
        return
    within: Iterable[tuple[str | int, object]] = ()
    if isinstance(document, dict):
        yield from ((*steps, name) for name in document if _SURROGATE.search(name))
        within = document.items()
    elif isinstance(document, list):
        within = enumerate(document)
    for step, value in within:
        if isinstance(value, _WITH_TEXT):
            yield from _halves_of_characters(value, *steps, step)


def read(_shape: type[Model], document: object) -> Reading:
    """Read a submission.

    Raises:
        InvalidError: Nothing of it can be used.
    """
    if document == {}:
        raise InvalidError({"body": ["must not be empty"]})
    relevant = without_unused(document)
    submission, problems = parse_partly(Submission, relevant, MESSAGES)
    named = frozenset(entity_ids(submission))
    if problems and not named:
        raise InvalidError(problems)
    return Reading(relevant, named, problems)


def without_unused(document: object, depth: int = _DEPTH) -> Any:
    """Return a submission without the members that are not used, such as recipients and texts.

    A value in the place of an id is kept, but nothing deeper.
    """
    match document:
        case dict():
            kept = {name: value for name, value in document.items() if name in _MEMBERS}
            return {name: without_unused(value, depth - 1) for name, value in kept.items() if depth}
        case list():
            return [
                without_unused(value, depth - 1) if isinstance(value, _WITH_TEXT) else value
                for value in document
                if depth
            ]
    return document


def entity_ids(submission: Submission) -> Iterator[str]:
    """Yield the entities that a submission names, in all its messages and places."""
    for message in (submission, *(submission.messages or ())):
        options = message.options.platform if message.options else None
        for platform in (message, message.platform, options):
            if platform is not None and platform.entity_id is not None:
                yield platform.entity_id
