"""Parses the valid part of what a client sends."""

import copy
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from pydantic import ValidationError

from provisioning.core.errors import MAXIMUM_PROBLEMS, InvalidError
from provisioning.shapes.fields import Model, ModelT, Problems, member_at, problems_of

Path = tuple[str, ...]
"""The names of the members that lead to a value."""


class Elements(NamedTuple):
    """The elements of a list that may have very many of them.

    Attributes:
        path: The path of the list.
        model: Their model, all of whose members have defaults.
    """

    path: Path
    model: type[Model]


def parse_partly(
    model: type[ModelT], values: object, elements: Elements
) -> tuple[ModelT, Problems]:
    """Return the valid part of request values as a model, and the problems of the rest.

    A megabyte has room for half a million elements that are no objects. Pydantic would need some
    gigabytes for its errors, so these elements are replaced before.

    Raises:
        InvalidError: They do not fit even without the invalid members.
    """
    given = _at(values, elements.path)
    wrong = dict(islice(_no_objects(given, elements.path), MAXIMUM_PROBLEMS))
    if wrong:
        empty = elements.model.model_construct()
        fitting = [one if isinstance(one, dict) else empty for one in given]
        values = _with(values, elements.path, fitting)
    try:
        return model.model_validate(values), wrong
    except ValidationError as error:
        details = error.errors(include_url=False)
    valid = copy.deepcopy(values)
    for detail in details:
        _leave_out(valid, detail["loc"])
    found = {**wrong, **problems_of(details[:MAXIMUM_PROBLEMS])}
    problems = dict(islice(found.items(), MAXIMUM_PROBLEMS))
    try:
        return model.model_validate(valid), problems
    except ValidationError:
        raise InvalidError(problems) from None


def _at(document: Any, path: Path) -> list[Any]:
    """Return the list at a path of a JSON document; an empty one if there is none."""
    for name in path:
        document = document.get(name) if isinstance(document, dict) else None
    return document if isinstance(document, list) else []


def _no_objects(elements: list[Any], path: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the path and the problem of each element that is no object."""
    for number, one in enumerate(elements):
        if not isinstance(one, dict):
            problem = "must not be null" if one is None else "must be a JSON object"
            yield member_at((*path, number)), [problem]


def _with(document: Any, path: Path, value: object) -> Any:
    """Return a JSON document with another value at a path."""
    if not path:
        return value
    return {**document, path[0]: _with(document[path[0]], path[1:], value)}


def _leave_out(document: Any, path: Sequence[str | int]) -> None:
    """Remove a member of a JSON document, or empty an element of a list."""
    if not path:
        return
    for step in path[:-1]:
        document = document[step]
    if isinstance(document, dict):
        document.pop(path[-1], None)
    elif isinstance(document, list):
        document[int(path[-1])] = {}
