"""The primary keys of the single table. No other module builds one but its companions
``operation_keys``, ``page_index_keys`` and ``sender_keys``. How ids are written in them:
``primary_keys``.

======================  ======================================  ====================================
item                    partition key                           sort key
======================  ======================================  ====================================
account                 ``ACCOUNT#<account>#SETTINGS``          ``ACCOUNT``
account listing         ``ACCOUNTS``                            account id
API key                 ``ACCOUNT#<account>#APIKEY``            key id, reversed: newest first
secret of an API key    ``SECRET#<SHA-256 of the secret>``      ``SECRET``
application             ``ACCOUNT#<account>#APPLICATION``       id
entity                  ``ACCOUNT#<account>#ENTITY``            id
tombstone of either     ``ACCOUNT#<account>#<KIND>TOMBSTONE``   id
association             ``ACCOUNT#<account>#ASSOCIATION``       application, type, channel,
                                                                resource, entity
entity link             ``ACCOUNT#<account>#ENTITYLINK``        entity, type, channel, application,
                                                                resource
resource link           ``ACCOUNT#<account>#RESOURCELINK``      type, channel, resource (a number by
                                                                its digits), entity, application
association tombstone   ``ACCOUNT#<account>``                   unique id (``d`` is its last digit)
                        ``#ASSOCIATIONTOMBSTONE<d>``
token bucket            ``ACCOUNT#<account>#TOKENBUCKET``       ``ACCOUNT``, or key id
idempotency record      ``ACCOUNT#<account>#IDEMPOTENCY``       SHA-256 of key id, path and
                                                                ``Idempotency-Key``
audit of an object      ``ACCOUNT#<account>#HISTORY#<...>``     time, id of the stream record
audit of an account     ``ACCOUNT#<account>#TIMELINE<d>``       time, id of the stream record
======================  ======================================  ====================================
"""

import hashlib

from provisioning.core import spellings
from provisioning.core.identities import Identity
from provisioning.core.ids import newest_first
from provisioning.core.kinds import Kind
from provisioning.table.audit_types import AuditItem
from provisioning.table.item_types import (
    AccountItem,
    AccountListing,
    ApiKeyItem,
    ApiKeySecret,
    AssociationItem,
    AssociationTombstone,
    IdempotencyRecord,
    ParentItem,
    TokenBucketItem,
)
from provisioning.table.operation_types import ParentTombstone
from provisioning.table.primary_keys import (
    NEVER_IN_KEYS,
    Key,
    KeyRange,
    escape,
    part,
    partition,
    under,
)

ACCOUNT_ID = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"
"""Pattern of an account's id: 1 to 64 letters, digits, dots, hyphens and underscores, so that
it needs no escape."""
_ACCOUNTS = "ACCOUNTS"


def account(account_id: str) -> Key[AccountItem]:
    """Return the key of an account's own item."""
    return Key(partition(account_id, "SETTINGS"), "ACCOUNT")


def account_listing(account_id: str) -> Key[AccountListing]:
    """Return the key of an account's entry in the list of all accounts."""
    return Key(_ACCOUNTS, account_id)


def account_listings() -> KeyRange[AccountListing]:
    """Return the range of the list of all accounts."""
    return KeyRange(_ACCOUNTS)


def secret(digest: str) -> Key[ApiKeySecret]:
    """Return the key of an API key's secret, from the secret's hexadecimal SHA-256."""
    return Key(f"SECRET#{digest}", "SECRET")


def api_key(account_id: str, key_id: str) -> Key[ApiKeyItem]:
    """Return the key of an API key's item."""
    return Key(partition(account_id, "APIKEY"), newest_first(key_id))


def association_tombstone(account_id: str, unique_id: str) -> Key[AssociationTombstone]:
    """Return the key of an association's tombstone.

    Tombstones are spread over 16 partitions, so that many deletions at once make none of them hot.
    """
    return Key(partition(account_id, f"ASSOCIATIONTOMBSTONE{unique_id[-1]}"), unique_id)


def association_tombstones(account_id: str) -> list[KeyRange[AssociationTombstone]]:
    """Return all partitions of the tombstones of an account's associations."""
    return [
        KeyRange(partition(account_id, f"ASSOCIATIONTOMBSTONE{digit}"))
        for digit in "0123456789abcdef"
    ]


def idempotency_record(
    account_id: str, key_id: str, path: str, idempotency_key: str
) -> Key[IdempotencyRecord]:
    """Return the key of the record of a request that is recognised when it is repeated."""
    named = f"{key_id}\n{path}\n{idempotency_key}"
    return Key(partition(account_id, "IDEMPOTENCY"), hashlib.sha256(named.encode()).hexdigest())


AUDIT_TIMELINES = 4
"""Number of partitions of the audit of an account."""


def audit_history(account_id: str, *target: str) -> KeyRange[AuditItem]:
    """Return the range of the audit of one object, by the values that name it.

    All spellings of a number have one range, so that it is read by one query.
    """
    if target[:2] == ("association", "NUMBER"):
        target = (*target[:-1], spellings.canonical(target[-1]))
    named = "#".join(map(part, target))
    return KeyRange(partition(account_id, f"HISTORY#{named}"))


def audit_timeline(account_id: str, unique_id: str) -> KeyRange[AuditItem]:
    """Return the partition of an entry in the audit of the whole account."""
    number = hashlib.sha256(unique_id.encode()).digest()[0] % AUDIT_TIMELINES
    return KeyRange(partition(account_id, f"TIMELINE{number}"))


def audit_timelines(account_id: str) -> list[KeyRange[AuditItem]]:
    """Return all partitions of the audit of an account."""
    return [
        KeyRange(partition(account_id, f"TIMELINE{number}")) for number in range(AUDIT_TIMELINES)
    ]


def token_bucket(account_id: str, key_id: str | None = None) -> Key[TokenBucketItem]:
    """Return the key of the token bucket of an account, or of one of its API keys."""
    return Key(partition(account_id, "TOKENBUCKET"), key_id or "ACCOUNT")


def api_keys(account_id: str) -> KeyRange[ApiKeyItem]:
    """Return the range of all API keys of an account, newest first."""
    return KeyRange(partition(account_id, "APIKEY"))


def parent(account_id: str, kind: Kind, identifier: str) -> Key[ParentItem]:
    """Return the key of an application or entity."""
    return Key(partition(account_id, kind.name.upper()), escape(identifier))


def parents(account_id: str, kind: Kind) -> KeyRange[ParentItem]:
    """Return the range of all applications or all entities of an account."""
    return KeyRange(partition(account_id, kind.name.upper()))


IDENTIFIER_LENGTH = 255
"""Characters of an id at most (contract)."""
_HIGHEST = "\U0010ffff"


def parents_with_prefix(account_id: str, kind: Kind, prefix: str) -> list[KeyRange[ParentItem]]:
    """Return the ranges of the applications or entities whose ids begin with a prefix.

    The first range is the one id that equals the prefix. The others are between two bounds that no
    id equals (see ``under``); the upper one is above the last id of 255 characters.
    """
    whole, start = parents(account_id, kind).partition, escape(prefix)
    rest = _HIGHEST * max(0, IDENTIFIER_LENGTH - len(prefix))
    return [
        KeyRange(whole, start, start),
        KeyRange(whole, start + NEVER_IN_KEYS, start + rest + NEVER_IN_KEYS),
    ]


def parent_tombstone(account_id: str, kind: Kind, identifier: str) -> Key[ParentTombstone]:
    """Return the key of the tombstone of an application or entity."""
    return Key(partition(account_id, f"{kind.name.upper()}TOMBSTONE"), escape(identifier))


def association(account_id: str, identity: Identity) -> Key[AssociationItem]:
    """Return the key of an association, which contains its identity: all five members."""
    application, kind, channel, resource, entity = map(part, identity)
    sort = f"{application}#{kind}#{channel}#{resource}#{entity}"
    return Key(partition(account_id, "ASSOCIATION"), sort)


def entity_link(account_id: str, identity: Identity) -> Key[AssociationItem]:
    """Return the key of the item that lists an association under its entity, or under none."""
    application, kind, channel, resource, entity = map(part, identity)
    sort = f"{entity}#{kind}#{channel}#{application}#{resource}"
    return Key(partition(account_id, "ENTITYLINK"), sort)


def resource_link(account_id: str, identity: Identity) -> Key[AssociationItem]:
    """Return the key of the item that lists an association under its resource."""
    application, kind, channel, _, entity = map(part, identity)
    resource = resource_part(identity.resource_type, identity.resource_id)
    sort = f"{kind}#{channel}#{resource}#{entity}#{application}"
    return Key(partition(account_id, "RESOURCELINK"), sort)


def associations(
    account_id: str, application_id: str | None = None, *more: str
) -> KeyRange[AssociationItem]:
    """Return the range of the associations of an account, or of one of its applications.

    Resource type, channel and resource id narrow it, as far as they are given.
    """
    prefix = partition(account_id, "ASSOCIATION")
    if application_id is None:
        return KeyRange(prefix)
    return under(prefix, part(application_id), *map(part, more))


def entity_links(account_id: str, entity_id: str | None, *more: str) -> KeyRange[AssociationItem]:
    """Return the range of the associations of an entity, or (None) of those without entity.

    Resource type, channel, application id and resource id narrow it, as far as they are given.
    """
    prefix, parts = partition(account_id, "ENTITYLINK"), (part(entity_id), *map(part, more))
    if len(parts) < _PARTS_OF_ENTITY_LINK:
        return under(prefix, *parts)
    whole = "#".join(parts)
    return KeyRange(prefix, whole, whole)


_PARTS_OF_ENTITY_LINK = 5


def all_entity_links(account_id: str) -> KeyRange[AssociationItem]:
    """Return the range of the entity links of an account, of those without entity too."""
    return KeyRange(partition(account_id, "ENTITYLINK"))


def links_of_part(account_id: str, kind: Kind, escaped: str) -> KeyRange[AssociationItem]:
    """Return the range of the associations of an application or entity, from its part of a key."""
    whole = associations if kind.id_member == "applicationId" else all_entity_links
    return under(whole(account_id).partition, escaped)


def resource_links(account_id: str, *of: str | None) -> KeyRange[AssociationItem]:
    """Return the range of the associations of a resource.

    It is given by type, channel, resource id and entity id (None for no entity), in this order, as
    far as it is restricted.
    """
    parts = [
        resource_part(of[0], value) if position == _PLACE_OF_RESOURCE else part(value)
        for position, value in enumerate(of)
    ]
    return under(partition(account_id, "RESOURCELINK"), *parts)


_PLACE_OF_RESOURCE = 2


def number_links(account_id: str, channel: str, number: str) -> KeyRange[AssociationItem]:
    """Return the range of the associations of a number on a channel, in all spellings of its id.

    The number is given by its digits, in international format.
    """
    start = f"NUMBER#{channel}#{number}"
    last = start + _SPELLED_MARK[0] + chr(ord(_SPELLED_MARK[1]) + 1)
    return KeyRange(partition(account_id, "RESOURCELINK"), start + NEVER_IN_KEYS, last)


def resource_part(resource_type: str | None, resource_id: str | None) -> str:
    """Return a resource id as a part of a resource link's key.

    All spellings of a number are beside one another: an id that is not just the digits of its
    number is written as these digits, a mark that no escaped id can contain, and the id.
    """
    number = spellings.digits(resource_id or "") if resource_type == "NUMBER" else None
    if number is None or number == resource_id:
        return part(resource_id)
    return part(resource_id, before=number + _SPELLED_MARK)


_SPELLED_MARK = "$+"


def association_links(account_id: str) -> list[KeyRange[AssociationItem]]:
    """Return the ranges of all entity links and of all resource links of an account."""
    return [KeyRange(partition(account_id, of)) for of in ("ENTITYLINK", "RESOURCELINK")]
