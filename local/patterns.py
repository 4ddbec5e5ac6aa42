"""Event patterns: the syntax of Lambda's FilterCriteria, as far as the template uses it.

A pattern is an object of the same shape as the event. Each leaf is a list of
alternatives: literals or `{"exists": bool}`. Any other operator stops the start.
"""

import json
from collections.abc import Callable, Iterable
from typing import Any, Final

from local.settings import LocalError

Matcher = Callable[[Any], bool]

_MISSING: Final = object()


def any_of(patterns: Iterable[str]) -> Matcher:
    """Return a function that says whether an event matches at least one of the patterns.

    Every event matches if there are no patterns, each of which is JSON.

    Raises:
        LocalError: A pattern is invalid, or uses an unsupported operator.
    """
    read = [_read(pattern) for pattern in patterns]
    return lambda event: not read or any(_matches(pattern, event) for pattern in read)


def _read(text: str) -> Any:
    try:
        pattern = json.loads(text)
        _check_object(pattern)
    except (ValueError, TypeError) as error:
        message = f"{text} is no event pattern: {error}"
        raise LocalError(message) from error
    return pattern


def _check_object(pattern: Any) -> None:
    if not isinstance(pattern, dict) or not pattern:
        message = f"{pattern!r} should be an object with members"
        raise ValueError(message)
    for name, member in pattern.items():
        if name.startswith("$"):
            message = f"the local system does not support {name}"
            raise ValueError(message)
        if isinstance(member, list) and member:
            for alternative in member:
                _check_alternative(alternative)
        else:
            _check_object(member)


def _check_alternative(alternative: Any) -> None:
    if isinstance(alternative, list):
        message = f"{alternative!r} is no literal"
        raise TypeError(message)
    if isinstance(alternative, dict) and alternative not in ({"exists": True}, {"exists": False}):
        message = f"the local system does not support the operator {', '.join(alternative)}"
        raise ValueError(message)


def _matches(pattern: Any, value: Any) -> bool:
    """Match an object all of whose members match, or a leaf that an alternative matches."""
    if isinstance(pattern, dict):
        found = value if isinstance(value, dict) else {}
        return all(_matches(each, found.get(name, _MISSING)) for name, each in pattern.items())
    if isinstance(value, str):  # As most are; the rest of this function takes far longer.
        return value in pattern or {"exists": True} in pattern
    values = value if isinstance(value, list) and value else [value]
    return any(_accepts(alternative, one) for one in values for alternative in pattern)


def _accepts(alternative: Any, value: Any) -> bool:
    if isinstance(alternative, dict):  # An object is no leaf: it counts as missing.
        is_leaf = value is not _MISSING and not isinstance(value, dict)
        return is_leaf is alternative["exists"]
    # Python takes True for 1.
    return isinstance(value, bool) is isinstance(alternative, bool) and bool(value == alternative)
