"""Event patterns: the syntax of Lambda's FilterCriteria, as far as the template uses it.

A pattern is an object of the same shape as the event. Each leaf is a list of
alternatives: literals or `{"exists": bool}`. Any other operator stops the start.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from local.settings import LocalError

Matcher = Callable[[Any], bool]

_MISSING: Final = object()


def any_of(patterns: Iterable[str]) -> Matcher:
    """Compile the patterns of a FilterCriteria, each as JSON.

    Returns:
        A function that says whether an event matches at least one pattern;
        every event matches if there are no patterns.

    Raises:
        LocalError: A pattern is invalid, or uses an unsupported operator.
    """
    matchers = [_compile(pattern) for pattern in patterns]
    return lambda event: not matchers or any(matches(event) for matches in matchers)


def _compile(pattern: str) -> Matcher:
    try:
        return _object(json.loads(pattern))
    except (ValueError, TypeError, AttributeError) as error:
        message = f"{pattern} is no event pattern: {error}"
        raise LocalError(message) from error


def _object(pattern: Mapping[str, Any]) -> Matcher:
    """Match an object whose members all match."""
    if not pattern:
        message = "a pattern must not be empty"
        raise ValueError(message)
    members = {name: _member(name, value) for name, value in pattern.items()}

    def matches(event: Any) -> bool:
        found = event if isinstance(event, dict) else {}
        return all(member(found.get(name, _MISSING)) for name, member in members.items())

    return matches


def _member(name: str, pattern: Any) -> Matcher:
    if name.startswith("$"):
        message = f"the local system does not support {name}"
        raise ValueError(message)
    if isinstance(pattern, dict):
        return _object(pattern)
    if not isinstance(pattern, list) or not pattern:
        message = f"{pattern!r} should be an object, or a list of alternatives"
        raise TypeError(message)
    return _leaf([_alternative(one) for one in pattern])


def _leaf(alternatives: list[Matcher]) -> Matcher:
    """Match a value, or a list with at least one value, that an alternative matches."""

    def matches(value: Any) -> bool:
        values = value if isinstance(value, list) and value else [value]
        return any(matcher(one) for one in values for matcher in alternatives)

    return matches


def _alternative(pattern: Any) -> Matcher:
    if isinstance(pattern, list):
        message = f"{pattern!r} is no literal"
        raise TypeError(message)
    if not isinstance(pattern, dict):
        kind = _kind(pattern)
        return lambda value: _kind(value) is kind and value == pattern
    ((name, operand),) = pattern.items()
    if name != "exists":
        message = f"the local system does not support the operator {name}"
        raise ValueError(message)
    # An object is no leaf: it counts as missing.
    return lambda value: (value is not _MISSING and not isinstance(value, dict)) is operand


def _kind(value: Any) -> type:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float if is_number else type(value)
