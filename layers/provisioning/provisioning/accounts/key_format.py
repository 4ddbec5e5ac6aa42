"""What a secret API key looks like: recognisable, so that a leaked one is found.

A key is ``aem_``, 32 random characters (190 bits) and 6 of checksum, all letters and digits, so
that a double click takes all of it. The checksum is the CRC-32 of what stands before it, in base
62. A scanner of code or logs looks for ``aem_[0-9A-Za-z]{38}`` and knows by the checksum, without
asking anyone, that it has found a key and no lookalike; and a mistyped key costs no look-up.
"""

import re
import secrets
import string
import zlib

PREFIX = "aem_"
"""How every key begins that this system has made up."""
SHOWN = len(PREFIX) + 4
"""Characters of a key that may be shown, to tell keys apart: 166 random bits stay secret."""

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
_RANDOM = 32
_CHECKSUM = 6
_FORM = re.compile(rf"{PREFIX}[0-9A-Za-z]{{{_RANDOM + _CHECKSUM}}}")


def new() -> str:
    """Return a new random key."""
    start = PREFIX + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM))
    return start + _checksum(start)


def is_broken(api_key: str) -> bool:
    """Tell whether this claims to be one of our keys and cannot be: mistyped, cut or guessed.

    A key without our prefix was given by an operator, in whatever form.
    """
    if not api_key.startswith(PREFIX):
        return False
    start, checksum = api_key[:-_CHECKSUM], api_key[-_CHECKSUM:]
    return not _FORM.fullmatch(api_key) or _checksum(start) != checksum


def _checksum(text: str) -> str:
    number = zlib.crc32(text.encode())
    digits = [number // len(_ALPHABET) ** power % len(_ALPHABET) for power in range(_CHECKSUM)]
    return "".join(_ALPHABET[digit] for digit in reversed(digits))
