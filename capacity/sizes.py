"""The size of an item by AWS's rule ("DynamoDB item sizes and formats")."""

import base64
from collections.abc import Callable, Mapping
from typing import Any

KILOBYTE = 1024
READ_UNIT = 4 * KILOBYTE
"""Bytes that one unit reads consistently."""
NESTED = 3
"""Bytes that a list or map takes beside its members."""


def item_size(item: Mapping[str, Any]) -> int:
    """Return the bytes of an item in DynamoDB's JSON: its attributes' names and values."""
    return sum(len(name.encode()) + value_size(value) for name, value in item.items())


def value_size(value: Mapping[str, Any]) -> int:
    """Return the bytes of a value in DynamoDB's JSON.

    Example:
        >>> value_size({"N": "12345"})
        4
    """
    ((kind, content),) = value.items()
    return _SIZES.get(kind, lambda _: 1)(content)  # a boolean or null takes one


def _number_size(text: str) -> int:
    """Return one byte, and one for every two significant digits; a sign takes one more."""
    digits = text.lstrip("-").replace(".", "").partition("E")[0].strip("0")
    return 1 + -(-len(digits) // 2) + text.startswith("-")


_SIZES: dict[str, Callable[[Any], int]] = {
    "S": lambda text: len(text.encode()),
    "N": _number_size,
    "B": lambda text: len(base64.b64decode(text)),
    "L": lambda members: NESTED + sum(1 + value_size(member) for member in members),
    "M": lambda members: NESTED + len(members) + item_size(members),
    "SS": lambda members: sum(len(member.encode()) for member in members),
    "NS": lambda members: sum(map(_number_size, members)),
    "BS": lambda members: sum(len(base64.b64decode(member)) for member in members),
}


def write_units(*sizes: int) -> int:
    """Return the units of a write, by the sizes of the item before and after it."""
    return max(1, -(-max(sizes) // KILOBYTE))


def read_units(size: int, *, consistent: bool) -> float:
    """Return the units of reading so many bytes; an eventually consistent read costs half."""
    blocks = max(1, -(-size // READ_UNIT))
    return float(blocks) if consistent else blocks / 2
