"""Lists with very many wrong elements: pydantic would make an error of each."""

import json
import tracemalloc
from collections.abc import Iterator
from contextlib import suppress

import pytest

from provisioning.accounts.key_shapes import CreateApiKey
from provisioning.core.errors import MAXIMUM_PROBLEMS, InvalidError
from provisioning.http.routes import Route
from provisioning.messages.sender_shapes import SenderRequests
from provisioning.messages.submission_reading import read_posted
from provisioning.messages.submission_shapes import Submission
from provisioning.senders.resolve_shapes import ResolveSender
from provisioning.senders.strategy_shapes import NewSendingStrategy
from provisioning.shapes.documents import read_json
from provisioning.shapes.fields import Model, parse
from tools import functions

ELEMENTS = 20_000
BYTES_OF_AN_ELEMENT = 400
"""Memory that an element may take; pydantic's error of one takes 1,700 bytes and more."""
NOTHING_ELSE = {"channel": "SMS"}


def lists() -> Iterator[tuple[Route, str]]:
    """Each route that reads a body, and each member that could be a list."""
    for function in functions.load_all().values():
        for route in getattr(function, "routes", []):
            if route.body is not None:
                for member, info in route.body.model_fields.items():
                    yield route, info.alias or member


@pytest.mark.parametrize("element", [1, None, "a"], ids=str)
@pytest.mark.parametrize(
    ("route", "member"), [pytest.param(*each, id=f"{each[0].path}-{each[1]}") for each in lists()]
)
def test_the_memory_that_wrong_elements_take_is_that_of_the_body(
    route: Route, member: str, element: object
) -> None:
    assert route.body is not None
    text = json.dumps({member: [element] * ELEMENTS})
    tracemalloc.start()
    try:
        with suppress(InvalidError):
            route.read(route.body, read_json(text))
        assert tracemalloc.get_traced_memory()[1] < ELEMENTS * BYTES_OF_AN_ELEMENT
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("shape", "member", "most"),
    [
        (CreateApiKey, "scopes", 4),
        (CreateApiKey, "platform", 20),
        (NewSendingStrategy, "priorities", 4),
        (NewSendingStrategy, "weights", 100),
        (ResolveSender, "to", 1000),
        (SenderRequests, "senders", 100),
    ],
)
def test_a_list_that_is_too_long_is_refused_before_its_elements(
    shape: type[Model], member: str, most: int
) -> None:
    with pytest.raises(InvalidError) as refused:
        parse(shape, {**NOTHING_ELSE, member: [1] * (most + 1)})
    assert refused.value.problems == {member: [f"size must be between 0 and {most}"]}


def test_messages_among_very_many_others_are_read() -> None:
    messages: list[object] = [None, 1, [], *["x"] * ELEMENTS, {"entityId": "acme"}, {"entityId": 7}]
    reading = read_posted(Submission, {"messages": messages})
    assert reading.entity_ids == {"acme"}
    assert len(reading.problems) == MAXIMUM_PROBLEMS
    assert reading.problems["messages[0]"] == ["must not be null"]
    assert reading.problems["messages[1]"] == ["must be a JSON object"]


def test_whole_numbers_may_be_written_with_a_fraction_of_zero() -> None:
    strategy = parse(
        NewSendingStrategy,
        {
            "priorities": [{"senderType": "SHORT_CODE", "priority": 2.0}],
            "weights": [{"resourceType": "NUMBER", "resourceId": "1", "weight": 3.0}],
        },
    )
    assert (strategy.priorities[0].priority, strategy.weights[0].weight) == (2, 3)
    question = parse(ResolveSender, {**NOTHING_ELSE, "to": "1", "count": 4.0})
    assert question.count == 4
    for count in (1.5, True, "1"):
        with pytest.raises(InvalidError):
            parse(ResolveSender, {**NOTHING_ELSE, "to": "1", "count": count})
