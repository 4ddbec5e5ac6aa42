"""Reads JSON documents, strictly."""

import json
import math
import re
from collections import Counter
from typing import Never

from provisioning.core.errors import InvalidError

JSON = "application/json"

MAXIMUM_DEPTH = 32
"""How deep arrays and objects may be nested."""
MAXIMUM_CONTAINERS = 100_000
"""Arrays and objects of a document: more than any request needs, and few enough to be read soon."""
MAXIMUM_DIGITS = 100
"""Characters that a number may have."""
_UNUSUAL_NUMBER = re.compile(rf"(?<![0-9])[0-9]{{{MAXIMUM_DIGITS // 2 - 1}}}|[0-9][eE]")
"""What each number has that is too long or infinite, but for a point and a sign."""
# Possessive quantifiers: each character is looked at once, whatever a client sends.
_DEPTHS = {"[": 1, "{": 1, "]": -1, "}": -1}
_MARKS = re.compile(r'"(?:[^"\\]++|\\.)*+(?:"|\\?\Z)|[\[\]{}]', re.DOTALL)


def read_json(text: str | bytes) -> object:
    """Return a JSON document.

    Raises:
        InvalidError: It is not valid, an object has two members with the same name, or it has more
            than ``MAXIMUM_CONTAINERS`` arrays and objects.
    """
    if not text.strip():
        raise InvalidError({"body": ["must not be empty"]})
    try:
        document = text.decode() if isinstance(text, bytes) else text
        _require_shallow(document)
        # A call for each number takes longer than all the rest.
        is_plain = not _UNUSUAL_NUMBER.search(document)
        return json.loads(
            document,
            object_pairs_hook=_unique,
            parse_constant=_no_constant,
            parse_float=None if is_plain else _finite,
            parse_int=None if is_plain else _short,
        )
    except (ValueError, RecursionError):
        raise InvalidError({"body": ["must be valid JSON"]}) from None


def _require_shallow(document: str) -> None:
    """Refuse nesting that is deeper, and more arrays and objects than any request has, unparsed.

    Only a document with many brackets is searched, as texts may contain brackets too.
    """
    if document.count("[") + document.count("{") <= MAXIMUM_DEPTH:
        return
    depth = opened = 0
    for mark in _MARKS.finditer(document):
        change = _DEPTHS.get(mark[0], 0)
        depth += change
        opened += change > 0
        if depth > MAXIMUM_DEPTH:
            raise ValueError(depth)
        if opened > MAXIMUM_CONTAINERS:
            problem = f"must have at most {MAXIMUM_CONTAINERS} arrays and objects"
            raise InvalidError({"body": [problem]})


def _short(digits: str) -> int:
    """Refuse very long numbers, which only cost time."""
    if len(digits) > MAXIMUM_DIGITS:
        raise ValueError(len(digits))
    return int(digits)


def _finite(digits: str) -> float:
    """Refuse numbers that are infinite as floats."""
    number = float(digits)
    if len(digits) > MAXIMUM_DIGITS or math.isinf(number):
        raise ValueError(len(digits))
    return number


def _unique(members: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse repeated members: parsers differ in which one they use (RFC 8259, section 4)."""
    unique = dict(members)
    if len(unique) < len(members):
        times = Counter(name for name, _ in members)
        repeated = sorted(name for name in times if times[name] > 1)
        raise InvalidError({name: ["must not be repeated"] for name in repeated})
    return unique


def _no_constant(name: str) -> Never:
    """Refuse NaN and the infinities, which Python parses but JSON does not have."""
    raise ValueError(name)
