"""The shapes of operations; no other function pays for them."""

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from provisioning.resources.association_shapes import Association
from provisioning.shapes.fields import MAXIMUM_SIZE, CursorPaging, Model, Paging, whole_number


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
    """Work on many associations: a deletion, a reassignment, an unlinking, or an undo.

    `MIGRATE` is maintenance by the operator of the system: it changes how items are stored, and
    nothing that a client sees.
    """

    operation_id: str = Field(
        description="Id of the operation", examples=["019ab1c2d3e4f5a6b7c8d9e0"]
    )
    kind: Literal["DELETE_APPLICATION", "DELETE_ENTITY", "REASSIGN", "UNLINK", "UNDO", "MIGRATE"]
    application_id: str | None = Field(None, description="The application that was deleted")
    entity_id: str | None = Field(None, description="The entity that was deleted")
    filter: dict[str, Any] | None = Field(
        None, description="Which associations are reassigned or deleted"
    )
    target: dict[str, Any] | None = Field(None, description="Where associations are reassigned to")
    on_linked: Literal["unlink"] | None = Field(
        None, description="`unlink` if a deletion deletes the associations"
    )
    undoes: str | None = Field(None, description="Id of the operation that it undoes")
    undone_by: str | None = Field(None, description="Id of the operation that undoes it")
    undoable_until: datetime | None = Field(
        None, description="Until when the API key may undo it; absent if it may not"
    )
    state: Literal["PENDING", "RUNNING", "SUCCEEDED", "FAILED", "CANCELLED"]
    done: int = Field(description="Associations moved so far; items examined by `MIGRATE`")
    merged: int | None = Field(
        None,
        description="How many of them merged with an existing association; absent for a restricted "
        "API key",
    )
    failed: int = Field(description="Associations that could not be moved; `/links` lists them")
    total: int | None = Field(
        None, description="Associations that it covers, as counted at its start"
    )
    rate: float | None = Field(None, description="Associations per second")
    requested_at: datetime
    started_at: datetime | None = None
    estimated_end_at: datetime | None = None
    ended_at: datetime | None = None
    reason: str | None = Field(None, description="Why it failed")
    resume: str | None = Field(None, description="The request that resumes a failed operation")
    events: list[OperationEvent] = Field(description="Its history, oldest first")


class OperationPage(Model):
    """A page of operations, newest first."""

    results: list[Operation]
    paging: Paging


Outcome = Literal["MOVED", "MERGED", "CHANGED", "PARENT_GONE", "UNLINKED", "RESTORED"]
"""What can become of an association (module ``journal_entry``)."""


class OutcomeQuery(Model):
    """Which associations of an operation to list."""

    outcome: Outcome | None = Field(
        None,
        description="Only associations that were moved; that merged with an existing one; that "
        "were not moved because they had changed; or because their former parent is gone",
    )
    size: Annotated[
        int,
        Field(ge=1, le=MAXIMUM_SIZE, description="Associations on a page at most"),
        BeforeValidator(whole_number),
    ] = 100
    cursor: str | None = Field(
        None,
        max_length=64,
        description="The `next` of the previous page",
        pattern=r"^[0-9a-f]{24}-[0-9]{10}-[0-9]{1,4}$",
    )


class LinkOutcome(Model):
    """What became of one association."""

    outcome: Outcome
    before: Association | None = Field(
        None,
        description="The association as it was; absent where a restricted API key may not see it",
    )
    after: Association | None = Field(
        None,
        description="What it became, or would have become; absent if it was deleted",
    )


class OutcomePaging(CursorPaging):
    """Where a page of associations ends."""

    size: int = Field(description="Associations on the page at most")


class OutcomePage(Model):
    """A page of the associations that an operation covered."""

    results: list[LinkOutcome]
    paging: OutcomePaging
