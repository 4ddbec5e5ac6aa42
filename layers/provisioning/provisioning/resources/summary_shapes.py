"""The shape of the summary of an account; no other function pays for it."""

from datetime import datetime

from pydantic import Field

from provisioning.core.kinds import Channel, ResourceType
from provisioning.shapes.fields import Model


class TypeShare(Model):
    """How many links there are of a resource type on a channel."""

    resource_type: ResourceType
    channel: Channel
    count: int


class ApplicationShare(Model):
    """How many links an application has."""

    application_id: str
    count: int


class EntityShare(Model):
    """How many links an entity has."""

    entity_id: str
    count: int


class Summary(Model):
    """The contents of an account, in figures."""

    as_of: datetime = Field(description="When it was counted")
    applications: int = Field(description="How many applications there are")
    entities: int = Field(description="How many entities there are")
    associations: int = Field(description="How many links there are")
    precision: int = Field(
        description="By how much each of the following counts may be wrong: 0 in accounts of up to "
        "1,000 links; in larger ones the counts come from the index of pages, not from the links"
    )
    by_type: list[TypeShare] = Field(description="Links by resource type and channel")
    top_applications: list[ApplicationShare] = Field(
        description="The ten applications with most links, of those that the index distinguishes"
    )
    top_entities: list[EntityShare] = Field(
        description="The ten entities with most links, of those that the index distinguishes"
    )
