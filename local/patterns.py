"""Event patterns, by which event sources filter.

The syntax is EventBridge's, as Lambda takes it in FilterCriteria: an object of
the same shape as the event whose leaves are lists of alternatives, each a
literal or one of the operators below.
"""

import ipaddress
import json
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from local.settings import LocalError

Matcher = Callable[[Any], bool]

MISSING: Final = object()
"""Stands for a value that the event does not have."""
COMPARISONS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "<": operator.lt,
    "<=": operator.le,
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
}


def any_of(patterns: Iterable[str]) -> Matcher:
    """Make a matcher from FilterCriteria's patterns.

    Args:
        patterns: Patterns as JSON.

    Returns:
        Tells whether an event matches at least one; if there are none, all do.

    Raises:
        LocalError: A pattern is no valid one.
    """
    matchers = [compile_text(pattern) for pattern in patterns]
    if not matchers:
        return lambda _: True
    return lambda event: any(matcher(event) for matcher in matchers)


def compile_text(pattern: str) -> Matcher:
    """Make a matcher from a pattern as JSON.

    Raises:
        LocalError: It is no valid pattern.
    """
    try:
        return compile_object(json.loads(pattern))
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        message = f"{pattern} is no event pattern: {error}"
        raise LocalError(message) from error


def compile_object(pattern: Mapping[str, Any]) -> Matcher:
    """Make a matcher from an object of a pattern: all its members must match."""
    if not pattern:
        message = "a pattern is an object that is not empty"
        raise ValueError(message)
    members = [
        alternatives(value) if name == "$or" else member(name, value)
        for name, value in pattern.items()
    ]
    return lambda event: all(matches(event) for matches in members)


def alternatives(patterns: list[Mapping[str, Any]]) -> Matcher:
    """Make a matcher from `$or`."""
    matchers = [compile_object(pattern) for pattern in patterns]
    return lambda event: any(matches(event) for matches in matchers)


def member(name: str, pattern: Any) -> Matcher:
    """Make a matcher of one member of an object.

    Args:
        name: The member.
        pattern: An object for what lies below, or a list of alternatives.
    """
    if not isinstance(pattern, dict | list):
        message = f"{pattern!r} should be an object, or a list of alternatives"
        raise TypeError(message)
    matches = compile_object(pattern) if isinstance(pattern, dict) else leaf(pattern)

    def matches_member(event: Any) -> bool:
        return matches(event.get(name, MISSING) if isinstance(event, dict) else MISSING)

    return matches_member


def leaf(choices: list[Any]) -> Matcher:
    """Make a matcher from a list of alternatives.

    An event's list matches if one of its members does.
    """
    if not choices:
        message = "a list of alternatives must not be empty"
        raise ValueError(message)
    matchers = [choice(one) for one in choices]

    def matches(value: Any) -> bool:
        values = value if isinstance(value, list) and value else [value]
        return any(matcher(one) for one in values for matcher in matchers)

    return matches


def choice(pattern: Any) -> Matcher:
    """Make a matcher from one alternative: a literal, or an operator."""
    if not isinstance(pattern, dict):
        return literal(pattern)
    ((name, operand),) = pattern.items()
    if name not in OPERATORS:
        message = f"{name} is no operator of event patterns"
        raise ValueError(message)
    return OPERATORS[name](operand)


def literal(wanted: Any) -> Matcher:
    """Match a string, a number, true, false or null exactly."""
    if isinstance(wanted, list):
        message = f"{wanted!r} is no literal"
        raise TypeError(message)
    kind = float if is_number(wanted) else type(wanted)

    def matches(value: Any) -> bool:
        found = float if is_number(value) else type(value)
        return found is kind and value == wanted

    return matches


def exists(wanted: bool) -> Matcher:  # noqa: FBT001 - the operator's own operand
    """Match a leaf that is there (true), or one that is not (false).

    An object is no leaf: it counts as not there.
    """
    return lambda value: (value is not MISSING and not isinstance(value, dict)) is wanted


def anything_but(operand: Any) -> Matcher:
    """Match any leaf but some: literals, or an operator on strings."""
    if isinstance(operand, dict):
        ((name, excluded),) = operand.items()
        each = excluded if isinstance(excluded, list) else [excluded]
        unwanted = [OPERATORS[name](one) for one in each]
    else:
        unwanted = [literal(one) for one in (operand if isinstance(operand, list) else [operand])]

    def matches(value: Any) -> bool:
        is_leaf = value is not MISSING and not isinstance(value, dict)
        return is_leaf and not any(matcher(value) for matcher in unwanted)

    return matches


def on_text(test: Callable[[str, str], bool]) -> Callable[[Any], Matcher]:
    """Make an operator from a test of a string against its operand.

    The operand may be wrapped in `equals-ignore-case`.
    """

    def compile_operand(operand: Any) -> Matcher:
        if isinstance(operand, dict):
            wanted = operand["equals-ignore-case"].casefold()
            return lambda value: isinstance(value, str) and test(value.casefold(), wanted)
        if not isinstance(operand, str):
            message = f"{operand!r} should be a string"
            raise TypeError(message)
        return lambda value: isinstance(value, str) and test(value, operand)

    return compile_operand


def wildcard(operand: str) -> Matcher:
    """Match a string in which `*` stands for any characters; a backslash takes its meaning."""
    parts = re.split(r"(\\[*\\]|\*)", operand)
    pattern = "".join(".*" if part == "*" else re.escape(part.removeprefix("\\")) for part in parts)
    compiled = re.compile(pattern, re.DOTALL)
    return lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None


def numeric(operand: list[Any]) -> Matcher:
    """Match a JSON number by comparisons, for instance `[">", 0, "<=", 5]`.

    DynamoDB writes numbers as strings, so this never matches an attribute's `N`.
    """
    tests = [
        (COMPARISONS[name], bound) for name, bound in zip(operand[::2], operand[1::2], strict=True)
    ]
    return lambda value: is_number(value) and all(test(value, bound) for test, bound in tests)


def within_network(operand: str) -> Matcher:
    """Match an IP address of a network in CIDR notation."""
    network = ipaddress.ip_network(operand, strict=False)

    def matches(value: Any) -> bool:
        try:
            return isinstance(value, str) and ipaddress.ip_address(value) in network
        except ValueError:
            return False

    return matches


def is_number(value: Any) -> bool:
    """Return whether a value is a JSON number."""
    return isinstance(value, int | float) and not isinstance(value, bool)


OPERATORS: Final[Mapping[str, Callable[[Any], Matcher]]] = {
    "anything-but": anything_but,
    "cidr": within_network,
    "equals-ignore-case": on_text(lambda value, wanted: value.casefold() == wanted.casefold()),
    "exists": exists,
    "numeric": numeric,
    "prefix": on_text(str.startswith),
    "suffix": on_text(str.endswith),
    "wildcard": wildcard,
}
