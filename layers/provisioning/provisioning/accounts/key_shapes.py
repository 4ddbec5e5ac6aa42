"""The shapes of requests and responses about API keys."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    model_validator,
)

from provisioning.accounts.key_creation import NewKey
from provisioning.accounts.principals import KEYS, SCOPES
from provisioning.accounts.restrictions import MAXIMUM_PAIRS, Pair, simplified
from provisioning.shapes.contract_errors import contract_error
from provisioning.shapes.fields import (
    MAXIMUM_LENGTH,
    WHOLE,
    ApplicationId,
    EntityId,
    Model,
    Moment,
    PageQuery,
    Paging,
    at_most,
    whole_number,
)

Scope = Literal[
    "application-entity:manage",
    "application-entity:read",
    "account-management:manage",
    "sending-strategy:manage",
]

MAXIMUM_KEYS_SHOWN = 50
"""Keys on a page: with the longest bindings, they fit into a response (6 MB)."""
MAXIMUM_OVERLAP = 30 * 24 * 60 * 60
"""Seconds for which the former secret of a rotated key may stay valid."""
_FAR = datetime(9999, 1, 1, tzinfo=UTC)


def _reachable(moment: datetime) -> datetime:
    """Refuse times that DynamoDB's TTL or the format of responses cannot express."""
    if not datetime.fromtimestamp(0, UTC) < moment < _FAR - timedelta(days=1000):
        message = "must be a moment between 1970 and 9996"
        raise contract_error(message)
    return moment


Name = Annotated[
    StrictStr | None,
    Field(max_length=MAXIMUM_LENGTH, description="Name, for people", examples=["Shop backend"]),
]
ExpiresAt = Annotated[
    Moment,
    AfterValidator(_reachable),
    Field(description="When it expires (ISO 8601 with a time zone); none for never"),
]


class PlatformPair(Model):
    """A restriction: to an application, to an entity, or to the associations of both."""

    application_id: ApplicationId | None = None
    entity_id: EntityId | None = None
    links_any: StrictBool = Field(
        default=False,
        description="Whether the key may associate the application with any entity of the account, "
        "or the entity with any application. Without it, only with those of its own binding",
    )

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if self.application_id is None and self.entity_id is None:
            message = "must name an application or an entity"
            raise contract_error(message)
        return self


class _Named(Model):
    name: Name = None
    expires_at: ExpiresAt | None = None

    @property
    def until(self) -> int | None:
        """When the key expires, in seconds since 1970."""
        return None if self.expires_at is None else int(self.expires_at.timestamp())


class CreateApiKey(_Named):
    """A new API key."""

    scopes: Annotated[
        tuple[Scope, ...],
        Field(min_length=1, max_length=len(SCOPES), description="Its scopes"),
        at_most(len(SCOPES)),
    ] = ("application-entity:manage",)
    platform: Annotated[
        tuple[PlatformPair, ...],
        Field(
            max_length=MAXIMUM_PAIRS,
            description="The applications and entities to which it is restricted; none for no "
            "restriction",
        ),
        at_most(MAXIMUM_PAIRS),
    ] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.platform and KEYS in self.scopes:
            message = f"must be empty for a key with the scope {KEYS}"
            raise contract_error(message, "platform")
        return self

    def new_key(self) -> NewKey:
        """Return the properties of the new key, without duplicates."""
        pairs = simplified(
            Pair(pair.application_id, pair.entity_id, pair.links_any) for pair in self.platform
        )
        return NewKey(tuple(dict.fromkeys(self.scopes)), pairs, self.name, self.until)


class ModifyApiKey(_Named):
    """The new name and expiration time of an API key; none clears them."""


class RotateApiKey(Model):
    """How an API key gets a new secret."""

    overlap_seconds: Annotated[
        StrictInt,
        Field(
            ge=0,
            le=MAXIMUM_OVERLAP,
            description="Seconds for which the present secret stays valid; 0 ends it at once",
        ),
        WHOLE,
    ] = 24 * 60 * 60


class ApiKey(Model):
    """An API key, without its secret."""

    key_id: str = Field(description="Id of the key", examples=["019ab1c2d3e4f5a6b7c8d9e0"])
    name: Name = None
    start: str | None = Field(
        None, description="First characters of its secret", examples=["aem_4fGh"]
    )
    scopes: tuple[Scope, ...] = Field(description="Its scopes")
    platform: tuple[PlatformPair, ...] | None = Field(
        None, description="The applications and entities to which it is restricted"
    )
    state: Literal["ACTIVE", "EXPIRED", "REVOKED"]
    created_at: datetime
    created_by: str = Field(
        description=(
            "Id of the API key that created it, or `command`; `other-key` if a restricted API key "
            "asks"
        )
    )
    expires_at: datetime | None = Field(None, description="When it expires")
    rotated_at: datetime | None = Field(None, description="When it last got a new secret")
    revoked_at: datetime | None = None
    last_used_at: datetime | None = Field(None, description="Hour in which it was last used")


class NewApiKey(ApiKey):
    """An API key with a new secret, which is not shown again."""

    api_key: str = Field(
        description="The secret, for the header `Authorization: App <secret>`",
        examples=["aem_"],
    )


class KeyPageQuery(PageQuery):
    """The page of the list, and its size."""

    size: Annotated[
        int,
        Field(ge=1, le=MAXIMUM_KEYS_SHOWN, description="Number of results on a full page"),
        BeforeValidator(whole_number),
    ] = 20


class ApiKeyPage(Model):
    """A page of API keys, newest first."""

    results: list[ApiKey]
    paging: Paging
