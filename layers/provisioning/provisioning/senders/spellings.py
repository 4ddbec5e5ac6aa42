"""The usual spellings of phone numbers."""

import re

_PUNCTUATION = re.compile(r"[\s().\-/\u2010-\u2015]+")
_SPELLED = re.compile(r"(\+|00)?([0-9]{3,15})")


def canonical(identifier: str) -> str:
    """Return the digits of a number in international format; other ids unchanged.

    ``+44 7700 900001``, ``0044 7700-900001`` and ``447700900001`` all give ``447700900001``.
    """
    spelled = _SPELLED.fullmatch(_PUNCTUATION.sub("", identifier))
    return spelled.group(2) if spelled else identifier


def is_number(identifier: str) -> bool:
    """Return whether an id is a number in a usual spelling."""
    return _SPELLED.fullmatch(_PUNCTUATION.sub("", identifier)) is not None


def stored_forms(identifier: str) -> list[str]:
    """Return the ids under which a number may be stored: as given, as digits, and with a plus.

    Another id has one form, itself.
    """
    if not is_number(identifier):
        return [identifier]
    digits = canonical(identifier)
    return list(dict.fromkeys((identifier, digits, f"+{digits}")))
