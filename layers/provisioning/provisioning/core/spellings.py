"""The usual spellings of phone numbers."""

import re

_PUNCTUATION = re.compile(r"[\s().\-/\u2010-\u2015]+")
_SPELLED = re.compile(r"(\+|00)?([0-9]{3,15})")
_SCHEME = re.compile("tel:", re.IGNORECASE)
"""The start of a number that is written as a link (RFC 3966)."""
_TRUNK_PREFIX = re.compile(r"^((?:\+|00)?\s*(?!39)[1-9][0-9]{0,2}[\s.\-/]*)\(0\)")
"""A country code and the zero in brackets behind it, which is dialled only within the country.

Italian numbers (39) keep this zero in every spelling.
"""


def digits(identifier: str) -> str | None:
    """Return the digits of a number in international format; None for what is no number.

    ``+44 7700 900001``, ``0044 7700-900001``, ``+44 (0)7700 900001``, ``tel:+447700900001`` and
    ``447700900001`` all give ``447700900001``.
    """
    scheme = _SCHEME.match(identifier)
    written = identifier[scheme.end() :] if scheme else identifier
    without_trunk_prefix = _TRUNK_PREFIX.sub(r"\1", written)
    spelled = _SPELLED.fullmatch(_PUNCTUATION.sub("", without_trunk_prefix))
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
