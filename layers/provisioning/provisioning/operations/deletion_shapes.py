"""The shapes of what is told before an application or entity is deleted, and asked of it."""

from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from provisioning.core.errors import InvalidError
from provisioning.core.kinds import APPLICATION, ENTITY, Channel, Kind, ResourceType
from provisioning.operations.impact import Impact
from provisioning.operations.target import Target
from provisioning.resources import association_items
from provisioning.resources.association_shapes import Association
from provisioning.shapes.fields import ApplicationId, Model, QueryEntityId


class DeleteQuery(Model):
    """What becomes of the links when an application or entity is deleted."""

    on_linked: Literal["reset", "refuse", "reassign"] | None = Field(
        None,
        description="What becomes of what is linked to it: it goes to the application `default` "
        "without entity; nothing is deleted as long as there is any; or it goes to a target. "
        "Where it is not given, what the account's settings say, else `reset`",
    )
    target_application_id: ApplicationId | None = Field(
        None, description="Where links are reassigned to; not given: they keep their application"
    )
    target_entity_id: QueryEntityId = Field(
        None,
        description="The entity that links are reassigned to; empty or `null`: none. Not given: "
        "they keep theirs, unless it is the one that is deleted",
    )

    @model_validator(mode="after")
    def _target_fits(self) -> Self:
        given = {"target_application_id", "target_entity_id"} & self.model_fields_set
        if self.on_linked == "reassign" and not given:
            raise _problem("targetApplicationId", "must be given, or targetEntityId")
        if self.on_linked != "reassign" and given:
            raise _problem("onLinked", "must be reassign where a target is given")
        return self

    def target(self, kind: Kind, identifier: str) -> Target | None:
        """Return where links go when this one is deleted; None if they are not reassigned.

        Raises:
            InvalidError: They would stay where they are.
        """
        if self.on_linked != "reassign":
            return None
        if kind is APPLICATION and self.target_application_id in {None, identifier}:
            raise InvalidError({"targetApplicationId": ["must be another application"]})
        if kind is ENTITY and self.target_entity_id == identifier:
            raise InvalidError({"targetEntityId": ["must be another entity"]})
        keeps_entity = kind is APPLICATION and "target_entity_id" not in self.model_fields_set
        return Target(self.target_application_id, self.target_entity_id, keeps_entity)


def _problem(at: str, message: str) -> PydanticCustomError:
    return PydanticCustomError("contract", "{message}", {"message": message, "at": at})


class Protection(Model):
    """Whether an application or entity is protected from being deleted."""

    protected: bool = Field(strict=True, description="Whether a DELETE is refused")


class LinkedCount(Model):
    """How many links there are of a resource type on a channel."""

    resource_type: ResourceType
    channel: Channel
    count: int


class ParentImpact(Model):
    """What deleting an application or entity would do to what is linked to it."""

    application_id: str | None = Field(None, description="The application")
    entity_id: str | None = Field(None, description="The entity")
    protected: bool = Field(description="Whether a DELETE is refused")
    linked: int = Field(description="How many links would be moved")
    by_type: list[LinkedCount] | None = Field(
        None, description="How many of each type and channel; left out where there are too many"
    )
    merged: int | None = Field(
        None,
        description="How many of them would become one with another that stands under `default`, "
        "or comes there with them; left out where there are too many to tell",
    )
    sample: list[Association] = Field(description="The first of the links")


def shown(kind: Kind, impact: Impact) -> dict[str, object]:
    """Return what a client sees of an impact."""
    counts = impact.counts
    content: dict[str, object] = {
        kind.id_member: impact.parent["id"],
        "protected": bool(impact.parent.get("protected")),
        "linked": impact.total,
        "merged": impact.merged,
        "sample": [association_items.shown(item) for item in impact.sample],
    }
    if counts is not None:
        content["byType"] = [
            {"resourceType": resource_type, "channel": channel, "count": count}
            for (resource_type, channel), count in counts.items()
        ]
    return {member: value for member, value in content.items() if value is not None}
