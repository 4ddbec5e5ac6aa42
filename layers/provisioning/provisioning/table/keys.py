"""Every key of the single table. No other module puts one together.

=================  ===================================  ============================================
item               partition key                        sort key
=================  ===================================  ============================================
account            ``ACCOUNT#<account>#SETTINGS``       ``ACCOUNT``
account, listed    ``ACCOUNTS``                         account
API key            ``ACCOUNT#<account>#KEY``            key id, reversed: newest first
API key's secret   ``KEY#<SHA-256 of the secret>``      ``KEY``
application        ``ACCOUNT#<account>#APPLICATION``    id
entity             ``ACCOUNT#<account>#ENTITY``         id
deleted parent     ``ACCOUNT#<account>#DELETED<KIND>``  id
association        ``ACCOUNT#<account>#ASSOCIATION``    application, type, channel, resource, entity
entity link        ``ACCOUNT#<account>#ENTITYLINK``     entity, type, channel, application, resource
resource link      ``ACCOUNT#<account>#BYRESOURCE``     type, channel, resource, entity, application
operation          ``ACCOUNT#<account>#OPERATION``      operation id, reversed: newest first
operation's link   ``ACCOUNT#<account>#OPERATIONOF``    kind, parent, operation id reversed
operation's range  ``ACCOUNT#<account>#RANGE``          operation id, range id
operation's moves  ``ACCOUNT#<account>#JOURNAL#<p>``    step (``p`` is a piece's id)
directory          a partition and ``#DIRECTORY``       ``G``, ``G#<start>`` and ``B#<start>``
bucket of tokens   ``ACCOUNT#<account>#BUCKET``         ``ACCOUNT``, or key id
answer to repeat   ``ACCOUNT#<account>#ANSWER``         SHA-256 of key id, operation, client's key
departure          ``ACCOUNT#<account>#DEPARTURE<d>``   unique id (``d`` is its last digit)
audit of object    ``ACCOUNT#<account>#HISTORY#<...>``  moment, id of the stream record
audit of account   ``ACCOUNT#<account>#TIMELINE<d>``    moment, id of the stream record
=================  ===================================  ============================================

The index ``open`` lists the operations and ranges that are not finished: partition key ``open``
(one of 16, so that no partition of it is hot), sort key ``SK``; an item without the attribute is
not in it.

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

from provisioning.core.kinds import Kind

SORT_KEY_BYTES = 1024
PART_BYTES = 330
"""What one id may take of a sort key that it shares: three ids and 27 bytes of the rest fit."""

ACCOUNT_ID = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
"""Pattern of an account's id: 1 to 64 letters, digits, dots, hyphens and underscores, so that
it needs no escape."""
SEPARATOR = "#"
"""What stands between the parts of a key, and in none of them."""
_ACCOUNTS = "ACCOUNTS"
_ESCAPED = re.compile(r"[\x00-\x24]")
_CUT_ESCAPE = re.compile(r"\$[0-9A-F]?$")
_DIGEST_MARK = "$~"
_NEVER_IN_KEYS = "!"
"""A character that escaping takes out of every key, lower than all that it leaves in."""


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


def account_of(partition: str) -> str:
    """Return the account that owns an item, from its partition key."""
    return partition.split("#")[1]


def _under(partition: str, *parts: str) -> KeyRange:
    """Return the range of the sort keys whose first parts are these.

    They all begin with the parts and a separator, and one may end there. The range's bounds are
    the parts and the characters before and behind the separator that no key has in that place
    (``"``, which comes between, is in no key), so that no key equals a bound.
    """
    start = "#".join(parts)
    return KeyRange(partition, start + _NEVER_IN_KEYS, start + "$")


def account(account_id: str) -> Key:
    """Return the key of an account's own item."""
    return Key(_partition(account_id, "SETTINGS"), "ACCOUNT")


def listed_account(account_id: str) -> Key:
    """Return the key of the item that lists an account among all."""
    return Key(_ACCOUNTS, account_id)


def listed_accounts() -> KeyRange:
    """Return where all accounts are listed."""
    return KeyRange(_ACCOUNTS)


def secret(digest: str) -> Key:
    """Return the key of an API key's secret, from the secret's hexadecimal SHA-256."""
    return Key(f"KEY#{digest}", "KEY")


def api_key(account_id: str, key_id: str) -> Key:
    """Return the key of the item that tells what an API key is."""
    return Key(_partition(account_id, "KEY"), newest_first(key_id))


def departure(account_id: str, unique_id: str) -> Key:
    """Return the key of the item that tells of something that left without a trace of its own.

    They are spread over 16 partitions, so that unlinking much at once makes none of them hot.
    """
    return Key(_partition(account_id, f"DEPARTURE{unique_id[-1]}"), unique_id)


def answer(account_id: str, key_id: str, path: str, idempotency_key: str) -> Key:
    """Return the key of the answer that is given again when a request is repeated."""
    named = f"{key_id}\n{path}\n{idempotency_key}"
    return Key(_partition(account_id, "ANSWER"), hashlib.sha256(named.encode()).hexdigest())


TIMELINES = 4
"""Partitions that the audit of an account is spread over."""


def history(account_id: str, *target: str) -> KeyRange:
    """Return where the audit of one object stands, from the values that name it."""
    named = "#".join(map(part, target))
    return KeyRange(_partition(account_id, f"HISTORY#{named}"))


def timeline(account_id: str, unique_id: str) -> KeyRange:
    """Return where an entry stands in the audit of the whole account."""
    number = hashlib.sha256(unique_id.encode()).digest()[0] % TIMELINES
    return KeyRange(_partition(account_id, f"TIMELINE{number}"))


def timelines(account_id: str) -> list[KeyRange]:
    """Return all the partitions of the audit of an account."""
    return [KeyRange(_partition(account_id, f"TIMELINE{number}")) for number in range(TIMELINES)]


def bucket(account_id: str, key_id: str | None = None) -> Key:
    """Return the key of the bucket of an account's requests, or of those of one of its keys."""
    return Key(_partition(account_id, "BUCKET"), key_id or "ACCOUNT")


def api_keys(account_id: str) -> KeyRange:
    """Return where all API keys of an account stand, newest first."""
    return KeyRange(_partition(account_id, "KEY"))


def parent(account_id: str, kind: Kind, identifier: str) -> Key:
    """Return the key of an application or entity."""
    return Key(_partition(account_id, kind.name.upper()), escape(identifier))


def parents(account_id: str, kind: Kind) -> KeyRange:
    """Return where all applications or all entities of an account stand."""
    return KeyRange(_partition(account_id, kind.name.upper()))


def deleted_parent(account_id: str, kind: Kind, identifier: str) -> Key:
    """Return the key of the item that remembers when such a parent was deleted."""
    return Key(_partition(account_id, f"DELETED{kind.name.upper()}"), escape(identifier))


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
    entity_id: str | None,
) -> Key:
    """Return the key of the item that lists an association under its entity, or under none."""
    sort = "#".join(
        (part(entity_id), resource_type, channel, part(application_id), part(resource_id))
    )
    return Key(_partition(account_id, "ENTITYLINK"), sort)


def resource_link(
    account_id: str,
    application_id: str,
    resource_type: str,
    channel: str,
    resource_id: str,
    entity_id: str | None,
) -> Key:
    """Return the key of the item that lists an association under its resource."""
    sort = "#".join(
        (resource_type, channel, part(resource_id), part(entity_id), part(application_id))
    )
    return Key(_partition(account_id, "BYRESOURCE"), sort)


def associations(account_id: str, application_id: str | None = None, *more: str) -> KeyRange:
    """Return where the associations of an account, or of one of its applications, stand.

    Args:
        account_id: The account.
        application_id: The application, None for all.
        more: Of that application only this resource type, channel and resource, as far as given.
    """
    partition = _partition(account_id, "ASSOCIATION")
    if application_id is None:
        return KeyRange(partition)
    return _under(partition, part(application_id), *map(part, more))


def entity_links(account_id: str, entity_id: str | None, *more: str) -> KeyRange:
    """Return where the associations of an entity stand.

    Args:
        account_id: The account.
        entity_id: The entity; None for associations that have none.
        more: Of these only this resource type, channel, application and resource, as far as given.
    """
    partition, parts = _partition(account_id, "ENTITYLINK"), (part(entity_id), *map(part, more))
    if len(parts) < _PARTS_OF_ENTITY_LINK:
        return _under(partition, *parts)
    whole = "#".join(parts)
    return KeyRange(partition, whole, whole)


_PARTS_OF_ENTITY_LINK = 5


def resource_links(account_id: str, *of: str | None) -> KeyRange:
    """Return where the associations of a resource stand.

    Args:
        account_id: The account.
        of: Resource type, channel, resource id and entity id (None for no entity), or the first of
            these.
    """
    return _under(_partition(account_id, "BYRESOURCE"), *map(part, of))


def operation(account_id: str, operation_id: str) -> Key:
    """Return the key of an operation."""
    return Key(_partition(account_id, "OPERATION"), newest_first(operation_id))


def operations(account_id: str) -> KeyRange:
    """Return where all operations of an account stand, newest first."""
    return KeyRange(_partition(account_id, "OPERATION"))


def operation_link(account_id: str, kind: Kind, identifier: str, operation_id: str) -> Key:
    """Return the key of the item that lists an operation under the parent that it is about."""
    sort = "#".join((kind.name, part(identifier), newest_first(operation_id)))
    return Key(_partition(account_id, "OPERATIONOF"), sort)


def operations_of(account_id: str, kind: Kind, identifier: str) -> KeyRange:
    """Return where the operations on an application or entity are listed, newest first."""
    return _under(_partition(account_id, "OPERATIONOF"), kind.name, part(identifier))


_REVERSED_DIGITS = str.maketrans("0123456789abcdef", "fedcba9876543210")


def newest_first(unique_id: str) -> str:
    """Return an id of ``new_id`` so that later ones sort before it; twice, the id itself."""
    return unique_id.translate(_REVERSED_DIGITS)


def operation_range(account_id: str, operation_id: str, range_id: str) -> Key:
    """Return the key of a range that was split off an operation."""
    return Key(_partition(account_id, "RANGE"), f"{operation_id}#{range_id}")


def operation_ranges(account_id: str, operation_id: str) -> KeyRange:
    """Return where the ranges of an operation stand."""
    return _under(_partition(account_id, "RANGE"), operation_id)


def journal(account_id: str, piece_id: str) -> KeyRange:
    """Return where the journal of a piece of work stands, by its steps.

    A partition for each piece: the pieces of one operation are worked on side by side.
    """
    return KeyRange(_partition(account_id, f"JOURNAL#{piece_id}"))


def journal_entry(account_id: str, piece_id: str, step: int) -> Key:
    """Return the key of what a piece of work has moved in one step."""
    return Key(journal(account_id, piece_id).partition, f"{step:010d}")


def late_piece_id(operation_id: str) -> str:
    """Return the id of the piece of an operation that its late links count in."""
    return hashlib.sha256(operation_id.encode()).hexdigest()[: len(operation_id)]


def piece_id(work: Key) -> str:
    """Return the id of a piece of work, from the key of its item: the operation's or range's."""
    _, of_operation, range_id = work.sort.rpartition("#")
    return range_id if of_operation else newest_first(work.sort)


OPEN_PARTITIONS = tuple(f"OPEN#{digit}" for digit in "0123456789abcdef")
"""The partition keys of the index ``open``."""


def open_partition(unique_id: str) -> str:
    """Return where the index ``open`` lists an operation or range, by the end of its id."""
    return f"OPEN#{unique_id[-1]}"


def counted_partitions(account_id: str) -> list[str]:
    """Return the partitions of an account whose items are counted by page directories."""
    return [_partition(account_id, collection) for collection in _COUNTED]


_COUNTED = (
    "APPLICATION",
    "ENTITY",
    "ASSOCIATION",
    "ENTITYLINK",
    "BYRESOURCE",
    "KEY",
    "OPERATION",
    "OPERATIONOF",
)


def listed_associations(account_id: str) -> list[KeyRange]:
    """Return where all items stand that list an account's associations: by entity, by resource."""
    return [KeyRange(_partition(account_id, of)) for of in ("ENTITYLINK", "BYRESOURCE")]


def directory(partition: str) -> Key:
    """Return the key of the directory that counts a partition's items."""
    return Key(f"{partition}#DIRECTORY", "G")


GROUP, BUCKET = "G#", "B#"
"""What the sort keys of a directory's groups and buckets begin with."""


def directory_items(partition: str) -> KeyRange:
    """Return where all items of a partition's directory stand."""
    return KeyRange(f"{partition}#DIRECTORY")


def directory_groups(partition: str) -> KeyRange:
    """Return where the directory of a partition and the groups of its buckets stand."""
    return KeyRange(f"{partition}#DIRECTORY", "G", "G$")


def directory_group(partition: str, start: str) -> Key:
    """Return the key of the group of buckets that begins at a sort key."""
    return Key(f"{partition}#DIRECTORY", GROUP + start)


def directory_bucket(partition: str, start: str) -> Key:
    """Return the key of the bucket that begins at a sort key."""
    return Key(f"{partition}#DIRECTORY", BUCKET + start)


def directory_buckets(partition: str, start: str, end: str | None) -> KeyRange:
    """Return where the buckets that begin from ``start`` on and before ``end`` stand."""
    last = "B$" if end is None else BUCKET + end
    return KeyRange(f"{partition}#DIRECTORY", BUCKET + start, last)


def start_of(directory_sort_key: str) -> str:
    """Return where a group or bucket begins, from its own sort key."""
    return directory_sort_key[len(BUCKET) :]


def is_bound(start: str) -> bool:
    """Tell whether a group or bucket can begin there: at the beginning, or where no key stands."""
    return not start or start.endswith(_NEVER_IN_KEYS)


_START_BYTES = SORT_KEY_BYTES - len(BUCKET)
_HIGHEST = "\U0010ffff"


def bound_between(left: str, right: str) -> str | None:
    """Return a short text between two adjacent sort keys that no sort key can equal.

    Returns:
        The bound, or None where it would be too long for a key of its own.
    """
    same = _common(left, right)
    bound = left[: same + 1] + _HIGHEST + _NEVER_IN_KEYS
    if same == len(left) or bound <= left:
        bound = left + _NEVER_IN_KEYS
    return bound if len(bound.encode()) <= _START_BYTES else None


def _common(low: str, high: str) -> int:
    pairs = enumerate(zip(low, high, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(low), len(high)))


_INTERPOLATED = 4
_CODE_POINTS = 0x110000
_SURROGATES = range(0xD800, 0xE000)


def between(low: str, high: str) -> str | None:
    """Return a string about half way between two, or None where none lies strictly between.

    The characters behind the common start are read as digits of a number, whose mean becomes a
    bound for a range: no item need have it as its key.
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
    """Return a character, and for a surrogate, which is none, the last one before them."""
    return chr(_SURROGATES.start - 1 if code_point in _SURROGATES else code_point)
