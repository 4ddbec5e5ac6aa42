"""The shapes of operations; no other function pays for them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from provisioning.resources.association_shapes import Association
from provisioning.shapes.fields import MAXIMUM_SIZE, Model, Paging, whole_number


class OperationEvent(Model):
    """Something that happened to an operation."""

    at: datetime
    event: Literal[
        "REQUESTED",
        "STARTED",
        "SPLIT",
        "FAILED",
        "RESUMED",
        "REVIVED",
        "CANCEL_REQUESTED",
        "CANCELLED",
        "SUCCEEDED",
    ]
    reason: str | None = Field(None, description="Why it failed")


class Operation(Model):
    """Work on many links: a deletion, a reassignment, an unlinking, or the undoing of one."""

    operation_id: str = Field(
        description="Id of the operation", examples=["019ab1c2d3e4f5a6b7c8d9e0"]
    )
    kind: Literal["DELETE_APPLICATION", "DELETE_ENTITY", "REASSIGN", "UNLINK", "UNDO"]
    application_id: str | None = Field(None, description="The application that was deleted")
    entity_id: str | None = Field(None, description="The entity that was deleted")
    filter: dict[str, Any] | None = Field(None, description="Which links are reassigned or removed")
    target: dict[str, Any] | None = Field(None, description="Where links are reassigned to")
    on_linked: Literal["unlink"] | None = Field(
        None, description="`unlink` for a deletion that removes the links"
    )
    undoes: str | None = Field(None, description="Id of the operation that it undoes")
    undone_by: str | None = Field(None, description="Id of the operation that undoes it")
    state: Literal["PENDING", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"]
    done: int = Field(description="Links moved so far")
    merged: int = Field(description="How many of them became one with another, there already")
    failed: int = Field(description="Links that could not be moved; its links tell which")
    total: int | None = Field(
        None, description="Links that it has to do with, as counted at its start"
    )
    rate: float | None = Field(None, description="Links per second")
    requested_at: datetime
    started_at: datetime | None = None
    estimated_end_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str | None = Field(None, description="Why it failed")
    resume: str | None = Field(None, description="The request that lets a failed one go on")
    events: list[OperationEvent] = Field(description="What happened to it, in the order of time")


class OperationPage(Model):
    """A page of operations, newest first."""

    results: list[Operation]
    paging: Paging


Outcome = Literal["MOVED", "MERGED", "CHANGED", "PARENT_GONE", "UNLINKED", "RESTORED"]
"""What can become of a link (module ``journal``)."""


class OutcomeQuery(Model):
    """Which links of an operation."""

    outcome: Outcome | None = Field(
        None,
        description="Those that were moved; that became one with another; that were left alone, as "
        "they had changed, or as what they would go back to is gone; that were removed; or that "
        "exist again after they had been removed",
    )
    size: Annotated[
        int,
        Field(ge=1, le=MAXIMUM_SIZE, description="How many links a page has at most"),
        BeforeValidator(whole_number),
    ] = 100
    cursor: str | None = Field(
        None,
        max_length=64,
        description="The `next` of the page before",
        pattern=r"^[0-9a-f]{24}-[0-9]{10}-[0-9]{1,4}$",
    )


class LinkOutcome(Model):
    """What became of one link."""

    outcome: Outcome
    before: Association = Field(description="The association as it was")
    after: Association | None = Field(
        None, description="What it became, or would have become; none for one that was removed"
    )


class OutcomePaging(Model):
    """Where a page of links ends."""

    size: int = Field(description="How many links the page has at most")
    next: str | None = Field(
        None, description="The `cursor` of the next page; a page may be short and have one"
    )


class OutcomePage(Model):
    """A page of the links that an operation had to do with."""

    results: list[LinkOutcome]
    paging: OutcomePaging
