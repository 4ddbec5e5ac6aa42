"""Every key of the single table. No other module puts one together.

=================  ==================================  =========================================
item               partition key                       sort key
=================  ==================================  =========================================
account            ``ACCOUNT#<account>#SETTINGS``      ``ACCOUNT``
application        ``ACCOUNT#<account>#APPLICATION``   id
entity             ``ACCOUNT#<account>#ENTITY``        id
association        ``ACCOUNT#<account>#ASSOCIATION``   application, type, channel, resource, entity
entity link        ``ACCOUNT#<account>#ENTITYLINK``    entity, application, type, channel, resource
operation          ``ACCOUNT#<account>#OPERATION``     operation id (sorts by time)
API key            ``KEY#<SHA-256 of the key>``        ``KEY``
=================  ==================================  =========================================

Ids hold any character, so a part of a sort key is escaped: every character up to ``$`` (the
controls, space, ``!``, ``"``, ``#`` and ``$`` itself) becomes ``$`` and two hexadecimal digits.
The separator ``#`` can then not occur in a part, so no two keys collide, and as the escaped
characters are the lowest of all and keep their order, sort keys order as the ids do (by code
point, which is DynamoDB's order of UTF-8 bytes).

A sort key holds at most 1024 bytes (AWS, "Quotas in Amazon DynamoDB"). A lone id always fits: at
most 255 characters of at most 4 bytes. Where several ids share a sort key, each may take
``PART_BYTES``; a longer one keeps its start and ends in ``$~`` and the SHA-256 of the whole,
which no escaped id can contain.
"""

import base64
import hashlib
import re
import secrets
import time
from typing import NamedTuple

from provisioning.kinds import Kind

SORT_KEY_BYTES = 1024
PART_BYTES = 330
"""What one id may take of a sort key that it shares: three ids and 27 bytes of the rest fit."""

_ESCAPED = re.compile(r"[\x00-\x24]")
_CUT_ESCAPE = re.compile(r"\$[0-9A-F]?$")
_DIGEST_MARK = "$~"


class Key(NamedTuple):
    """The primary key of an item."""

    partition: str
    sort: str


class KeyRange(NamedTuple):
    """The sort keys of a partition from ``first`` to ``last``, both included; None: no bound."""

    partition: str
    first: str | None = None
    last: str | None = None


def new_id() -> str:
    """Return a unique id that sorts by the time it was made: 12 hexadecimal digits of
    milliseconds since 1970, then 12 random ones.
    """
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(6)}"


def escape(identifier: str) -> str:
    """Return ``identifier`` without the separator, in an encoding that keeps the order of ids."""
    return _ESCAPED.sub(lambda match: f"${ord(match.group()):02X}", identifier)


def part(identifier: str | None) -> str:
    """Return an id as a part of a sort key, at most ``PART_BYTES`` long; none at all is ``""``."""
    escaped = escape(identifier or "")
    encoded = escaped.encode()
    if len(encoded) <= PART_BYTES:
        return escaped
    digest = base64.urlsafe_b64encode(hashlib.sha256(encoded).digest()).decode().rstrip("=")
    ending = _DIGEST_MARK + digest
    start = encoded[: PART_BYTES - len(ending)].decode(errors="ignore")
    return _CUT_ESCAPE.sub("", start) + ending


def _partition(account_id: str, collection: str) -> str:
    return f"ACCOUNT#{account_id}#{collection}"


def _under(partition: str, *parts: str) -> KeyRange:
    """Return the range of the sort keys whose first parts are these.

    They all begin with the parts and a separator. ``$`` is the character after the separator,
    and no key ends right behind one, so the parts and ``$`` bound the range from above.
    """
    start = "#".join(parts)
    return KeyRange(partition, start + "#", start + "$")


def account(account_id: str) -> Key:
    """Return the key of an account's own item."""
    return Key(_partition(account_id, "SETTINGS"), "ACCOUNT")


def api_key(digest: str) -> Key:
    """Return the key of an API key's item, from the hexadecimal SHA-256 of the API key."""
    return Key(f"KEY#{digest}", "KEY")


def parent(account_id: str, kind: Kind, identifier: str) -> Key:
    """Return the key of an application or entity."""
    return Key(_partition(account_id, kind.name.upper()), escape(identifier))


def parents(account_id: str, kind: Kind) -> KeyRange:
    """Return where all applications or all entities of an account stand."""
    return KeyRange(_partition(account_id, kind.name.upper()))


def association(
    account_id: str,
    application_id: str,
    resource_type: str,
    channel: str,
    resource_id: str,
    entity_id: str | None,
) -> Key:
    """Return the key of an association, which is the identity made of all five members."""
    sort = "#".join(
        (part(application_id), resource_type, channel, part(resource_id), part(entity_id))
    )
    return Key(_partition(account_id, "ASSOCIATION"), sort)


def entity_link(
    account_id: str,
    application_id: str,
    resource_type: str,
    channel: str,
    resource_id: str,
    entity_id: str,
) -> Key:
    """Return the key of the item that lists an association under its entity."""
    sort = "#".join(
        (part(entity_id), part(application_id), resource_type, channel, part(resource_id))
    )
    return Key(_partition(account_id, "ENTITYLINK"), sort)


def associations(account_id: str, application_id: str | None = None) -> KeyRange:
    """Return where the associations of an account, or of one of its applications, stand."""
    partition = _partition(account_id, "ASSOCIATION")
    if application_id is None:
        return KeyRange(partition)
    return _under(partition, part(application_id))


def entity_links(account_id: str, entity_id: str, application_id: str | None = None) -> KeyRange:
    """Return where the associations of an entity, or of it and an application, stand."""
    partition = _partition(account_id, "ENTITYLINK")
    if application_id is None:
        return _under(partition, part(entity_id))
    return _under(partition, part(entity_id), part(application_id))


def operation(account_id: str, operation_id: str) -> Key:
    """Return the key of an operation."""
    return Key(_partition(account_id, "OPERATION"), operation_id)


def operations(account_id: str) -> KeyRange:
    """Return where all operations of an account stand, oldest first."""
    return KeyRange(_partition(account_id, "OPERATION"))
