"""The format of an API key's secret, which a scanner for leaked secrets can recognise.

A secret is ``aem_``, 32 random characters (190 bits) and 6 of checksum, all letters and digits, so
that a double click selects all of it. The checksum is the CRC-32 of everything before it, in base
62. A scanner looks for ``aem_[0-9A-Za-z]{38}``; the checksum confirms a match offline. A mistyped
secret costs no look-up.
"""

import re
import secrets
import string
import zlib

PREFIX = "aem_"
"""The start of every random secret."""
SHOWN = len(PREFIX) + 4
"""Characters that may be shown, to distinguish keys: 166 random bits stay secret."""

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM = 32
_CHECKSUM = 6
_FORM = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{_RANDOM + _CHECKSUM}}}")


def new() -> str:
    """Return a new random secret."""
    start = PREFIX + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return start + _checksum(start)


def is_broken(api_key: str) -> bool:
    """Return whether a secret has the prefix but not the format: mistyped, cut or guessed.

    A secret without the prefix was chosen by an operator and has any form.
    """
    if not api_key.startswith(PREFIX):
        return False
    start, checksum = api_key[:-_CHECKSUM], api_key[-_CHECKSUM:]
    return not _FORM.fullmatch(api_key) or _checksum(start) != checksum


def _checksum(text: str) -> str:
    number = zlib.crc32(text.encode())
    digits = [number // len(_ALPHABET) ** power % len(_ALPHABET) for power in range(_CHECKSUM)]
    return "".join(_ALPHABET[digit] for digit in reversed(digits))
