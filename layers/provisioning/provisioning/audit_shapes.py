"""The shapes of the audit's requests and answers; no other function pays for them."""

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import AwareDatetime, BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from provisioning.audit import Sought
from provisioning.clock import text
from provisioning.schema import (
    ApplicationId,
    AssociationChannel,
    AssociationType,
    EntityId,
    Id,
    Model,
    ResourceId,
    whole_number,
)

MAXIMUM_ENTRIES = 400
"""Entries on a page: the longest there can be fit into an answer (6 MB; AWS, "Lambda quotas")."""
Token = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[ -~]+$")]


class AuditQuery(Model):
    """Which entries of the audit, newest first."""

    application_id: ApplicationId | None = None
    entity_id: EntityId | None = None
    resource_type: AssociationType | None = None
    channel: AssociationChannel | None = None
    resource_id: ResourceId | None = None
    key_id: Token | None = Field(None, description="Id of an API key that was changed")
    actor: Token | None = Field(None, description="Id of the API key that was used")
    since: AwareDatetime | None = Field(None, description="From this moment on")
    until: AwareDatetime | None = Field(None, description="Up to this moment")
    size: Annotated[
        int,
        Field(ge=1, le=MAXIMUM_ENTRIES, description="How many entries a page has at most"),
        BeforeValidator(whole_number),
    ] = 20
    cursor: str | None = Field(
        None,
        max_length=255,
        description="The `next` of the page before",
        pattern=r"^[A-Za-z0-9_-]*$",
    )

    @model_validator(mode="after")
    def _names_one_object(self) -> Self:
        resource = (self.resource_type, self.channel, self.resource_id)
        if any(resource) and not all(resource):
            raise _problem("resourceId", "must come with resourceType and channel")
        named = (self.application_id, self.entity_id, self.resource_id, self.key_id)
        if sum(identifier is not None for identifier in named) > 1:
            raise _problem("applicationId", "must be the only object that is asked for")
        return self

    def sought(self) -> Sought:
        """Return what is asked for, in the audit's terms."""
        return Sought(
            self._target(),
            self.actor,
            text(self.since) if self.since else "",
            text(self.until) if self.until else "",
            self.size,
            self.cursor or "",
        )

    def _target(self) -> tuple[str, ...]:
        if self.resource_type and self.channel and self.resource_id:
            return ("association", self.resource_type, self.channel, self.resource_id)
        objects: dict[str, Id | None] = {
            "application": self.application_id,
            "entity": self.entity_id,
            "key": self.key_id,
        }
        return next(((kind, name) for kind, name in objects.items() if name is not None), ())


def _problem(at: str, message: str) -> PydanticCustomError:
    return PydanticCustomError("contract", "{message}", {"message": message, "at": at})


class AuditEntry(Model):
    """One change of one object."""

    at: datetime
    action: Literal["CREATED", "CHANGED", "DELETED", "LINKED", "UNLINKED", "MOVED"]
    target: dict[str, str] = Field(description="What was changed: its type and id")
    before: dict[str, Any] | None = Field(None, description="How it was; none if it was not there")
    after: dict[str, Any] | None = Field(None, description="How it became; none if it is gone")
    actor: str = Field(description="Id of the API key that was used, `command`, or `system`")
    request_id: str | None = Field(None, description="The request that caused it")
    operation_id: str | None = Field(None, description="The operation that caused it, or was begun")


class AuditPaging(Model):
    """Where a page of entries ends."""

    size: int = Field(description="How many entries the page has at most")
    next: str | None = Field(
        None, description="The `cursor` of the next page; a page may be short and have one"
    )


class AuditPage(Model):
    """A page of entries, newest first."""

    results: list[AuditEntry]
    paging: AuditPaging
