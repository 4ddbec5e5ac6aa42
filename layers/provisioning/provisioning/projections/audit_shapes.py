"""The shapes of the audit's requests and answers; no other function pays for them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from provisioning.core.clock import text
from provisioning.projections.audit_search import AuditFilter
from provisioning.shapes.fields import (
    ApplicationId,
    AssociationChannel,
    AssociationType,
    CursorPaging,
    EntityId,
    Model,
    Moment,
    ResourceId,
    whole_number,
)

MAXIMUM_ENTRIES = 400
"""Entries on a page: the longest there can be fit into an answer (6 MB; AWS, "Lambda quotas")."""
Token = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[ -~]+$")]
_CURSOR = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{12}Z_[0-9A-Za-z-]+$"
"""The moment and the id of an entry."""


class AuditQuery(Model):
    """Which entries of the audit, newest first."""

    application_id: ApplicationId | None = None
    entity_id: EntityId | None = None
    resource_type: AssociationType | None = None
    channel: AssociationChannel | None = None
    resource_id: ResourceId | None = None
    sending_strategy_id: Token | None = Field(None, description="Id of a sending strategy")
    key_id: Token | None = Field(None, description="Id of an API key that was changed")
    actor: Token | None = Field(None, description="Id of the API key that was used")
    since: Moment | None = Field(None, description="The earliest moment")
    until: Moment | None = Field(None, description="The latest moment")
    size: Annotated[
        int,
        Field(ge=1, le=MAXIMUM_ENTRIES, description="Entries on a page at most"),
        BeforeValidator(whole_number),
    ] = 20
    cursor: str | None = Field(
        None,
        max_length=255,
        description="The `next` of the previous page",
        pattern=_CURSOR,
    )

    def filter(self) -> AuditFilter:
        """Return the filter of the query."""
        target = {
            "applicationId": self.application_id,
            "entityId": self.entity_id,
            "resourceType": self.resource_type,
            "channel": self.channel,
            "resourceId": self.resource_id,
            "sendingStrategyId": self.sending_strategy_id,
            "keyId": self.key_id,
        }
        return AuditFilter(
            {member: value for member, value in target.items() if value is not None},
            self.actor,
            text(self.since) if self.since else "",
            text(self.until) if self.until else "",
            self.size,
            self.cursor or "",
        )


class AuditEntry(Model):
    """One change of one object."""

    at: datetime
    action: Literal["CREATED", "CHANGED", "DELETED", "LINKED", "UNLINKED", "MOVED"]
    target: dict[str, str] = Field(description="What was changed: its type and id")
    before: dict[str, Any] | None = Field(None, description="Before; absent if it did not exist")
    after: dict[str, Any] | None = Field(None, description="After; absent if it no longer exists")
    actor: str = Field(
        description=(
            "Id of the API key that was used; `command`, `message` or `system`; or `other-key`, if "
            "a restricted API key asks and another one was used"
        )
    )
    request_id: str | None = Field(None, description="The request that caused it")
    operation_id: str | None = Field(
        None, description="The operation that caused it or was started"
    )


class AuditPaging(CursorPaging):
    """Where a page of entries ends."""

    size: int = Field(description="Entries on the page at most")


class AuditPage(Model):
    """A page of entries, newest first."""

    results: list[AuditEntry]
    paging: AuditPaging
