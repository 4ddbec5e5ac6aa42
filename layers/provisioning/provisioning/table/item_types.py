"""The stored items of accounts, parents, associations and requests, a type for each kind.

The keys of each kind are in module ``keys``. A member that is None is not stored. Times are texts
in UTC (ISO 8601 with milliseconds) unless their name is ``until`` or ``expiresAt``: those are
seconds since 1970, and DynamoDB removes an item some time after its ``expiresAt``.
"""

from typing import Literal, NotRequired, TypedDict

from provisioning.core.origins import Marks


class KeyAttributes(TypedDict):
    """The primary key."""

    PK: str
    SK: str


class AccountItem(KeyAttributes, Marks):
    """An account and its settings."""

    type: Literal["account"]
    accountId: str
    createdAt: str
    limits: NotRequired[dict[str, int] | None]  # those that differ from the limits of all accounts
    onLinked: NotRequired[str | None]  # what a deletion does with associations by default


class AccountListing(KeyAttributes):
    """The entry of an account in the list of all accounts."""

    type: Literal["accountListing"]
    accountId: str
    createdAt: str


class PlatformPair(TypedDict):
    """An application, an entity or both, to which an API key is restricted."""

    applicationId: NotRequired[str]
    entityId: NotRequired[str]
    linksAny: NotRequired[bool]  # whether it may be associated with any other side
    applicationGeneration: NotRequired[str]  # when the key was created
    entityGeneration: NotRequired[str]
    applicationSince: NotRequired[str]  # when it was created, or the key if there was none
    entitySince: NotRequired[str]


class StoredSecret(TypedDict):
    """A secret, in the item of its API key."""

    digest: str  # SHA-256, hexadecimal
    until: int | None
    start: NotRequired[str]  # its first characters


class ApiKeyItem(KeyAttributes, Marks):
    """An API key, with up to two secrets; the present one comes first."""

    type: Literal["apiKey"]
    accountId: str
    keyId: str
    name: NotRequired[str | None]
    scopes: list[str]
    platform: NotRequired[list[PlatformPair] | None]
    until: NotRequired[int | None]
    secrets: list[StoredSecret]
    createdAt: str
    createdBy: str
    rotatedAt: NotRequired[str]
    revokedAt: NotRequired[str]
    usedAt: NotRequired[str]  # last use of a secret that has ended, to the hour
    version: str
    expiresAt: NotRequired[int | None]


class ApiKeySecret(KeyAttributes):
    """A secret, by its digest, with all that authentication needs."""

    type: Literal["apiKeySecret"]
    accountId: str
    keyId: str
    scopes: list[str]
    platform: NotRequired[list[PlatformPair] | None]
    limits: NotRequired[dict[str, int] | None]  # a copy of the account's
    usedAt: NotRequired[str]  # to the hour
    expiresAt: NotRequired[int | None]  # when the secret ends


class ParentItem(KeyAttributes, Marks):
    """An application or an entity."""

    type: str  # the name of its kind
    id: str
    name: NotRequired[str | None]
    generation: str
    formerGenerations: NotRequired[list[str] | None]  # of deletions that were undone
    protected: NotRequired[bool | None]
    protectedByAccount: NotRequired[bool | None]  # by a key without binding
    createdBy: NotRequired[str]  # id of the API key
    createdAt: str
    updatedAt: NotRequired[str]
    seenAt: NotRequired[str]  # when a message last named it, to the hour
    version: NotRequired[str]  # absent until the first change


class AssociationMembers(TypedDict):
    """The members that identify an association."""

    resourceType: str
    channel: str
    applicationId: str
    entityId: NotRequired[str | None]
    resourceId: str


class Generations(TypedDict, total=False):
    """The generations of an association's parents when it was written."""

    applicationGeneration: str
    entityGeneration: str


class AssociationItem(KeyAttributes, AssociationMembers, Generations):
    """An association, or one of its links, which have the same attributes but no marks."""

    type: str  # "association", "entityLink" or "resourceLink"
    creationId: str
    formerId: NotRequired[str | None]  # creation id before an operation that was undone
    shares: NotRequired[int | None]  # how many associations have become this one by moves
    actor: NotRequired[str]
    requestId: NotRequired[str | None]
    changedAt: NotRequired[str]


class AssociationTombstone(KeyAttributes, AssociationMembers, Marks):
    """Who removed an association, for the audit."""

    type: Literal["associationTombstone"]
    action: str
    operationId: NotRequired[str | None]
    expiresAt: int


class TokenBucketItem(KeyAttributes):
    """The token bucket of an account or of one of its API keys."""

    type: Literal["tokenBucket"]
    spentUntil: int  # microseconds since 1970 at which the bucket is full again
    expiresAt: int


class IdempotencyRecord(KeyAttributes):
    """A request that was carried out, so that a repetition gets the same answer."""

    type: Literal["idempotencyRecord"]
    fingerprint: str  # SHA-256 of what was requested
    expiresAt: int
