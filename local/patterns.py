"""Event patterns: the syntax of Lambda's FilterCriteria, as far as the template uses it.

A pattern is an object of the same shape as the event. Each leaf is a list of
alternatives: a literal, `{"exists": bool}`, `{"prefix": text}` or
`{"anything-but": literals}`. Any other operator stops the start.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from local.settings import LocalError

Matcher = Callable[[Any], bool]

_MISSING: Final = object()


def any_of(patterns: Iterable[str]) -> Matcher:
    """Compile the patterns of a FilterCriteria.

    Args:
        patterns: Patterns as JSON.

    Returns:
        A function that tells whether an event matches at least one pattern;
        every event matches if there are no patterns.

    Raises:
        LocalError: A pattern is invalid, or uses an unsupported operator.
    """
    matchers = [_compile(pattern) for pattern in patterns]
    if not matchers:
        return lambda _: True
    return lambda event: any(matches(event) for matches in matchers)


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
    if not isinstance(pattern, dict):
        return _literal(pattern)
    ((name, operand),) = pattern.items()
    if name not in _OPERATORS:
        message = f"the local system does not support the operator {name}"
        raise ValueError(message)
    return _OPERATORS[name](operand)


def _literal(wanted: Any) -> Matcher:
    """Match a string, number, boolean or null of the same type and value."""
    if isinstance(wanted, list):
        message = f"{wanted!r} is no literal"
        raise TypeError(message)
    kind = _kind(wanted)
    return lambda value: _kind(value) is kind and value == wanted


def _kind(value: Any) -> type:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float if is_number else type(value)


def _is_leaf(value: Any) -> bool:
    """An object is no leaf: for `exists` it counts as missing."""
    return value is not _MISSING and not isinstance(value, dict)


def _exists(wanted: Any) -> Matcher:
    return lambda value: _is_leaf(value) is wanted


def _prefix(operand: Any) -> Matcher:
    if not isinstance(operand, str):
        message = f"{operand!r} should be a string"
        raise TypeError(message)
    return lambda value: isinstance(value, str) and value.startswith(operand)


def _anything_but(operand: Any) -> Matcher:
    if isinstance(operand, dict):
        message = "the local system supports anything-but with literals only"
        raise TypeError(message)
    excluded = [_literal(one) for one in (operand if isinstance(operand, list) else [operand])]
    return lambda value: _is_leaf(value) and not any(matches(value) for matches in excluded)


_OPERATORS: Final[Mapping[str, Callable[[Any], Matcher]]] = {
    "anything-but": _anything_but,
    "exists": _exists,
    "prefix": _prefix,
}
