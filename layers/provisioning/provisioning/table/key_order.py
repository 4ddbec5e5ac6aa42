"""Bounds between sort keys, for ranges that are split.

DynamoDB orders sort keys by their UTF-8 bytes, which is the order of their code points.
"""

from provisioning.table.page_index_keys import BLOCK
from provisioning.table.primary_keys import NEVER_IN_KEYS, SORT_KEY_BYTES

_START_BYTES = SORT_KEY_BYTES - len(BLOCK)
_HIGHEST = "\U0010ffff"
_INTERPOLATED = 4
_CODE_POINTS = 0x110000
_SURROGATES = range(0xD800, 0xE000)


def is_bound(start: str) -> bool:
    """Return whether a group or block can begin at a text: it is empty, or equals no sort key."""
    return not start or start.endswith(NEVER_IN_KEYS)


def bound_between(left: str, right: str) -> str | None:
    """Return a short text between two adjacent sort keys that no sort key can equal.

    Returns:
        The bound, or None if it would be too long for a sort key.
    """
    same = _common(left, right)
    bound = left[: same + 1] + _HIGHEST + NEVER_IN_KEYS
    if same == len(left) or bound <= left:
        bound = left + NEVER_IN_KEYS
    return bound if len(bound.encode()) <= _START_BYTES else None


def _common(low: str, high: str) -> int:
    pairs = enumerate(zip(low, high, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(low), len(high)))


def between(low: str, high: str) -> str | None:
    """Return a text about half way between two, or None if there is none strictly between.

    The characters after the common start are read as the digits of two numbers, whose mean becomes
    the bound. It need not be the key of an item.
    """
    same = _common(low, high)
    mean = (_number(low[same:]) + _number(high[same:])) // 2
    digits = [mean // _CODE_POINTS**power % _CODE_POINTS for power in range(_INTERPOLATED)]
    middle = low[:same] + "".join(_character(digit) for digit in reversed(digits))
    return middle if low < middle < high else None


def _number(text: str) -> int:
    digits = [ord(character) for character in text[:_INTERPOLATED]]
    digits += [0] * (_INTERPOLATED - len(digits))
    return sum(digit * _CODE_POINTS**power for power, digit in enumerate(reversed(digits)))


def _character(code_point: int) -> str:
    """Return a character; for a surrogate, which is not one, the last one before them."""
    return chr(_SURROGATES.start - 1 if code_point in _SURROGATES else code_point)
