"""The shape of the summary of an account; no other function pays for it."""

from datetime import datetime

from pydantic import Field

from provisioning.core.kinds import Channel, ResourceType
from provisioning.shapes.fields import Model


class TypeShare(Model):
    """How many associations there are of a resource type on a channel."""

    resource_type: ResourceType
    channel: Channel
    count: int = Field(description="How many associations there are")


class ApplicationShare(Model):
    """How many associations an application has."""

    application_id: str = Field(description="Id of the application")
    count: int = Field(description="How many associations it has")


class EntityShare(Model):
    """How many associations an entity has."""

    entity_id: str = Field(description="Id of the entity")
    count: int = Field(description="How many associations it has")


class Summary(Model):
    """The contents of an account, in figures."""

    as_of: datetime = Field(description="When it was counted")
    applications: int = Field(description="How many applications there are")
    entities: int = Field(description="How many entities there are")
    associations: int = Field(description="How many associations there are")
    precision: int = Field(
        description="By how much each count by type, application or entity may be wrong: 0 where "
        "the associations were counted; above a few hundred, the counts are estimates from the "
        "index of pages"
    )
    partial: bool = Field(
        description="Whether the figures cover only a part, so that there may be more of anything: "
        "while an index of pages is being built, or if ids and names are very long"
    )
    by_type: list[TypeShare] = Field(description="Associations by resource type and channel")
    top_applications: list[ApplicationShare] = Field(
        description="The ten applications with most associations, of those that the index "
        "distinguishes"
    )
    top_entities: list[EntityShare] = Field(
        description="The ten entities with most associations, of those that the index distinguishes"
    )
