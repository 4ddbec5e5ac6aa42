"""The usual spellings of phone numbers."""

import re

_PUNCTUATION = re.compile(r"[\s().\-/\u2010-\u2015]+")
_SPELLED = re.compile(r"(\+|00)?([0-9]{3,15})")


def digits(identifier: str) -> str | None:
    """Return the digits of a number in international format; None for what is no number.

    ``+44 7700 900001``, ``0044 7700-900001`` and ``447700900001`` all give ``447700900001``.
    """
    spelled = _SPELLED.fullmatch(_PUNCTUATION.sub("", identifier))
    return spelled.group(2) if spelled else None


def canonical(identifier: str) -> str:
    """Return the digits of a number in international format; other ids unchanged."""
    return digits(identifier) or identifier


def preference(resource_id: str, asked: str) -> tuple[bool, bool, bool, str]:
    """Return the key by which stored spellings of a number are sorted, for the one asked.

    The exact id comes first, then the digits, then the digits with a plus, then others.
    """
    plain = canonical(asked)
    return resource_id != asked, resource_id != plain, resource_id != f"+{plain}", resource_id
