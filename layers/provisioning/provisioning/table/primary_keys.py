"""Primary keys, and the text that they are made of.

Ids hold any character, so a part of a sort key is escaped: every character up to ``$`` (the
controls, space, ``!``, ``"``, ``#`` and ``$`` itself) becomes ``$`` and two hexadecimal digits.
The separator ``#`` can then not occur in a part, so no two keys collide. The escaped characters
are the lowest of all and keep their order, so sort keys order as the ids do (by code point, which
is DynamoDB's order of UTF-8 bytes).

A sort key holds at most 1024 bytes (AWS, "Quotas in Amazon DynamoDB"). A single id always fits: at
most 255 characters of at most 4 bytes. Where several ids share a sort key, each may take
``PART_BYTES``. A longer one keeps its start and ends in ``$~`` and the SHA-256 of the whole, which
no escaped id can contain.
"""

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Any, Generic, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from typing_extensions import TypeVar

    ItemT_co = TypeVar("ItemT_co", bound=Mapping[str, Any], covariant=True, default=Any)
else:
    from typing import TypeVar

    ItemT_co = TypeVar("ItemT_co", covariant=True)

SORT_KEY_BYTES = 1024
PART_BYTES = 330
"""Bytes that one id may take of a sort key that it shares: three ids and 27 other bytes fit."""
SEPARATOR = "#"
"""The character between the parts of a key; escaping removes it from the parts."""
NEVER_IN_KEYS = "!"
"""A character that escaping removes from every key, lower than all that it leaves."""

_ESCAPED = re.compile(r"[\x00-\x24]")
_ESCAPE = re.compile(r"\$([0-9A-F]{2})")
_CUT_ESCAPE = re.compile(r"\$[0-9A-F]?$")
_DIGEST_MARK = "$~"


class Key(NamedTuple, Generic[ItemT_co]):
    """The primary key of an item; its parameter is the type of the item."""

    partition: str
    sort: str


class KeyRange(NamedTuple, Generic[ItemT_co]):
    """The sort keys of a partition from ``first`` to ``last``, both included; None: no bound.

    Its parameter is the type of the items. Of these, ``attributes`` are read beside the sort key;
    none stands for all.
    """

    partition: str
    first: str | None = None
    last: str | None = None
    attributes: tuple[str, ...] = ()


def escape(identifier: str) -> str:
    """Return ``identifier`` without the separator, in an encoding that keeps the order of ids."""
    return _ESCAPED.sub(lambda match: f"${ord(match.group()):02X}", identifier)


def unescape(escaped: str) -> str:
    """Return the text that ``escape`` returned this for."""
    return _ESCAPE.sub(lambda match: chr(int(match[1], 16)), escaped)


def is_cut(part_of_key: str) -> bool:
    """Return whether a part of a sort key is not a whole id, because that was too long."""
    return _DIGEST_MARK in part_of_key


def part(identifier: str | None, before: str = "") -> str:
    """Return an id as a part of a sort key, at most ``PART_BYTES`` long; none at all is ``""``.

    Args:
        identifier: The id.
        before: What the part begins with, already escaped.
    """
    escaped = before + escape(identifier or "")
    encoded = escaped.encode()
    if len(encoded) <= PART_BYTES:
        return escaped
    digest = base64.urlsafe_b64encode(hashlib.sha256(encoded).digest()).decode().rstrip("=")
    ending = _DIGEST_MARK + digest
    start = encoded[: PART_BYTES - len(ending)].decode(errors="ignore")
    return _CUT_ESCAPE.sub("", start) + ending


def partition(account_id: str, collection: str) -> str:
    """Return the partition key of an account's collection of items."""
    return f"ACCOUNT#{account_id}#{collection}"


def account_of(partition: str) -> str:
    """Return the account that owns an item, from its partition key."""
    return partition.split("#")[1]


def under(partition: str, *parts: str) -> KeyRange:
    """Return the range of the sort keys whose first parts are these.

    They all begin with the parts and a separator, and one may end there. The range's bounds are
    the parts and the characters before and behind the separator that no key has in that place
    (``"``, which comes between, is in no key), so that no key equals a bound.
    """
    start = "#".join(parts)
    return KeyRange(partition, start + NEVER_IN_KEYS, start + "$")
