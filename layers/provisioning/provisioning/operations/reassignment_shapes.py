"""The shapes of a reassignment, and of what it would do."""

from typing import Any, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from provisioning.core.kinds import VALID_CHANNELS
from provisioning.operations.target import Target
from provisioning.resources.association_shapes import Association
from provisioning.shapes.fields import (
    ApplicationId,
    AssociationChannel,
    AssociationType,
    EntityId,
    Model,
    ResourceId,
)
from provisioning.table.items import Item


def _names_one_of(*members: str) -> dict[str, Any]:
    """Return the JSON schema by which one of some members is not null, or the entity is given."""
    named = [
        {"required": [member], "properties": {member: {"type": "string"}}} for member in members
    ]
    return {"anyOf": [{"required": ["entityId"]}, *named]}


class ReassignmentFilter(Model):
    """Which links are moved: those that have all that is given; an entity of `null` is none."""

    model_config = ConfigDict(
        json_schema_extra={
            "allOf": [
                _names_one_of("resourceType", "channel", "applicationId", "resourceId"),
                {
                    "anyOf": [
                        {
                            "properties": {
                                "resourceType": {"enum": [kind, None]},
                                "channel": {"enum": [*channels, None]},
                            }
                        }
                        for kind, channels in VALID_CHANNELS.items()
                    ]
                },
            ]
        }
    )

    resource_type: AssociationType | None = None
    channel: AssociationChannel | None = None
    application_id: ApplicationId | None = None
    entity_id: EntityId | None = None
    resource_id: ResourceId | None = None

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if not self.members():
            raise _problem("filter", "must have at least one member")
        pairs = ((kind, name) for kind, names in VALID_CHANNELS.items() for name in names)
        wanted = (self.resource_type, self.channel)
        if not any(
            all(want in {None, have} for want, have in zip(wanted, pair, strict=True))
            for pair in pairs
        ):
            raise _problem("filter.channel", "is none of the resource type's")
        return self

    def members(self) -> Item:
        """Return the members that are asked for, by their names in items; None for no entity."""
        given: Item = self.model_dump(by_alias=True, exclude_unset=True)
        return {
            name: value for name, value in given.items() if value is not None or name == "entityId"
        }


class ReassignmentTarget(Model):
    """Where links go; what is left out stays as it is, an entity of `null` takes the entity off."""

    model_config = ConfigDict(json_schema_extra=_names_one_of("applicationId"))

    application_id: ApplicationId | None = None
    entity_id: EntityId | None = None

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if self.application_id is None and "entity_id" not in self.model_fields_set:
            raise _problem("target", "must have at least one member")
        return self


class Reassignment(Model):
    """Links that are to be moved, and where to."""

    filter: ReassignmentFilter
    target: ReassignmentTarget
    dry_run: bool = Field(default=False, strict=True, description="Only tell what would be done")

    def filters(self) -> Item:
        """Return which links are moved, as a list's filters."""
        return self.filter.members()

    def to(self) -> Target:
        """Return where they go."""
        given: Any = self.target
        keeps_entity = "entity_id" not in given.model_fields_set
        return Target(given.application_id, given.entity_id, keeps_entity)


def _problem(at: str, message: str) -> PydanticCustomError:
    return PydanticCustomError("contract", "{message}", {"message": message, "at": at})


class ReassignmentOutlook(Model):
    """What a reassignment has to do with: the operation's id where it has begun, else more."""

    operation_id: str | None = Field(None, description="The operation, unless it is a dry run")
    total: int | None = Field(None, description="How many links meet the filter")
    moved: int | None = Field(
        None, description="How many of them would be moved; the others are there already"
    )
    merged: int | None = Field(None, description="How many of these would become one with another")
    sample: list[Association] | None = Field(None, description="The first that would be moved")
