"""The shapes of the requests and answers that manage API keys; no other function pays for them."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StrictInt,
    StrictStr,
    model_validator,
)
from pydantic_core import PydanticCustomError

from provisioning.accounts.authentication import KEYS, NewKey
from provisioning.accounts.restrictions import MAXIMUM_PAIRS, Pair, simplified
from provisioning.shapes.fields import (
    MAXIMUM_LENGTH,
    ApplicationId,
    EntityId,
    Model,
    Moment,
    PageQuery,
    Paging,
    whole_number,
)

Scope = Literal["application-entity:manage", "application-entity:read", "account-management:manage"]

MAXIMUM_KEYS_SHOWN = 50
"""Keys on a page: with the longest bindings there can be, they fit into an answer (6 MB)."""
MAXIMUM_OVERLAP = 30 * 24 * 60 * 60
"""Seconds that a rotated key's former secret may be good for."""
_FAR = datetime(9999, 1, 1, tzinfo=UTC)


def _reachable(moment: datetime) -> datetime:
    """Refuse moments of which DynamoDB's TTL and the answers' form know nothing."""
    if not datetime.fromtimestamp(0, UTC) < moment < _FAR - timedelta(days=1000):
        message = "must be a moment between 1970 and 9996"
        raise PydanticCustomError("contract", "{message}", {"message": message})
    return moment


def _whole(value: Any) -> Any:
    """Read 60.0 as 60: to JSON Schema they are the same number (2020-12, section 6.1.1)."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


Name = Annotated[
    StrictStr | None,
    Field(max_length=MAXIMUM_LENGTH, description="What people call it", examples=["Shop backend"]),
]
ExpiresAt = Annotated[
    Moment,
    AfterValidator(_reachable),
    Field(description="When it ends (ISO 8601 with a time zone); none for never"),
]


class PlatformPair(Model):
    """What a key is bound to: an application, an entity, or what is linked to both."""

    application_id: ApplicationId | None = None
    entity_id: EntityId | None = None

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if self.application_id is None and self.entity_id is None:
            message = "must name an application or an entity"
            raise PydanticCustomError("contract", "{message}", {"message": message})
        return self


class _Named(Model):
    name: Name = None
    expires_at: ExpiresAt | None = None

    @property
    def until(self) -> int | None:
        """When the key expires, in seconds since 1970."""
        return None if self.expires_at is None else int(self.expires_at.timestamp())


class CreateApiKey(_Named):
    """A key as it is to be."""

    scopes: Annotated[
        tuple[Scope, ...], Field(min_length=1, max_length=3, description="What it may do")
    ] = ("application-entity:manage",)
    platform: Annotated[
        tuple[PlatformPair, ...],
        Field(max_length=MAXIMUM_PAIRS, description="What it is bound to; nothing for all"),
    ] = ()

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.platform and KEYS in self.scopes:
            message = f"must be empty for a key with the scope {KEYS}"
            raise PydanticCustomError(
                "contract", "{message}", {"message": message, "at": "platform"}
            )
        return self

    def wanted(self) -> NewKey:
        """Return what is asked for, without what is said twice."""
        pairs = simplified(Pair(pair.application_id, pair.entity_id) for pair in self.platform)
        return NewKey(tuple(dict.fromkeys(self.scopes)), pairs, self.name, self.until)


class ModifyApiKey(_Named):
    """The new name and end of a key; none clears them."""


class RotateApiKey(Model):
    """How a key gets a new secret."""

    overlap_seconds: Annotated[
        StrictInt,
        Field(
            ge=0,
            le=MAXIMUM_OVERLAP,
            description="How long the present secret is good for yet; 0 ends it at once",
        ),
        BeforeValidator(_whole),
    ] = 24 * 60 * 60


class ApiKey(Model):
    """A key, without its secret."""

    key_id: str = Field(description="Id of the key", examples=["019ab1c2d3e4f5a6b7c8d9e0"])
    name: Name = None
    start: str | None = Field(None, description="How its secret begins", examples=["aem_4fGh"])
    scopes: tuple[Scope, ...] = Field(description="What it may do")
    platform: tuple[PlatformPair, ...] | None = Field(None, description="What it is bound to")
    state: Literal["ACTIVE", "EXPIRED", "REVOKED"]
    created_at: datetime
    created_by: str = Field(description="Id of the key it was made with, or `command`")
    expires_at: datetime | None = Field(None, description="When it ends")
    rotated_at: datetime | None = Field(None, description="When it was last given a new secret")
    revoked_at: datetime | None = None
    last_used_at: datetime | None = Field(None, description="In which hour it was last used")


class NewApiKey(ApiKey):
    """A key with a new secret, which is shown this once."""

    api_key: str = Field(
        description="The secret, for the header `Authorization: App <secret>`",
        examples=["aem_"],
    )


class KeyPageQuery(PageQuery):
    """Which page of the keys, and how long its pages are."""

    size: Annotated[
        int,
        Field(ge=1, le=MAXIMUM_KEYS_SHOWN, description="How many results a full page has"),
        BeforeValidator(whole_number),
    ] = 20


class ApiKeyPage(Model):
    """A page of keys, newest first."""

    results: list[ApiKey]
    paging: Paging
