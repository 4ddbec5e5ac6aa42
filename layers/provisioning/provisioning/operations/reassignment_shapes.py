"""The shapes of reassignments and unlinkings, and of their previews."""

from typing import Any, Self

from pydantic import ConfigDict, Field, model_validator

from provisioning.core.kinds import VALID_CHANNELS
from provisioning.operations.target import Target
from provisioning.resources.association_shapes import Association
from provisioning.shapes.contract_errors import contract_error
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
    """Return the JSON schema that requires one of some members, not null, or the entity."""
    named = [
        {"required": [member], "properties": {member: {"type": "string"}}} for member in members
    ]
    return {"anyOf": [{"required": ["entityId"]}, *named]}


class LinkFilter(Model):
    """Which associations: those with all given members. An entity of `null` means none."""

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
            raise contract_error("must have at least one member", "filter")
        pairs = ((kind, name) for kind, names in VALID_CHANNELS.items() for name in names)
        wanted = (self.resource_type, self.channel)
        if not any(
            all(want in {None, have} for want, have in zip(wanted, pair, strict=True))
            for pair in pairs
        ):
            raise contract_error("must be a channel of the resource type", "filter.channel")
        return self

    def members(self) -> Item:
        """Return the given members as stored items name them; None for no entity."""
        given: Item = self.model_dump(by_alias=True, exclude_unset=True)
        return {
            name: value for name, value in given.items() if value is not None or name == "entityId"
        }


class ReassignmentTarget(Model):
    """Where associations go. Absent members do not change; an entity of `null` removes it."""

    model_config = ConfigDict(json_schema_extra=_names_one_of("applicationId"))

    application_id: ApplicationId | None = None
    entity_id: EntityId | None = None

    @model_validator(mode="after")
    def _names_something(self) -> Self:
        if self.application_id is None and "entity_id" not in self.model_fields_set:
            raise contract_error("must have at least one member", "target")
        return self


class Reassignment(Model):
    """Which associations to move, and where to."""

    filter: LinkFilter
    target: ReassignmentTarget
    dry_run: bool = Field(
        default=False, strict=True, description="Only show what would be done", examples=[True]
    )

    def filters(self) -> Item:
        """Return which associations move, as the filters of a list."""
        return self.filter.members()

    def to(self) -> Target:
        """Return where they go."""
        given: Any = self.target
        keeps_entity = "entity_id" not in given.model_fields_set
        return Target(given.application_id, given.entity_id, keeps_entity)


class Unlinking(Model):
    """Which associations to delete."""

    filter: LinkFilter
    dry_run: bool = Field(
        default=False, strict=True, description="Only show what would be done", examples=[True]
    )


class UnlinkingOutlook(Model):
    """The operation of an unlinking, or with `dryRun` what it would do."""

    operation_id: str | None = Field(None, description="The operation, unless it is a dry run")
    total: int | None = Field(None, description="How many associations match the filter")
    sample: list[Association] | None = Field(None, description="The first of them")


class ReassignmentOutlook(Model):
    """The operation of a reassignment, or with `dryRun` what it would do."""

    operation_id: str | None = Field(None, description="The operation, unless it is a dry run")
    total: int | None = Field(None, description="How many associations match the filter")
    moved: int | None = Field(
        None, description="How many of them would be moved; the others are at the target"
    )
    merged: int | None = Field(None, description="How many of these would merge with another")
    sample: list[Association] | None = Field(None, description="The first ones that would be moved")
