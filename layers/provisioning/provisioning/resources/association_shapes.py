"""Shapes of associations."""

from pydantic import ConfigDict, model_validator
from pydantic.config import JsonDict

from provisioning.core.identities import Identity
from provisioning.core.kinds import VALID_CHANNELS, Channel, ResourceType
from provisioning.shapes.contract_errors import contract_error
from provisioning.shapes.fields import (
    ApplicationId,
    AssociationChannel,
    AssociationType,
    EntityId,
    Model,
    PageQuery,
    Paging,
    QueryEntityId,
    ResourceId,
)

VALID_PAIRS: tuple[JsonDict, ...] = tuple(
    {"properties": {"resourceType": {"const": kind}, "channel": {"enum": [*channels]}}}
    for kind, channels in VALID_CHANNELS.items()
)
"""The schemas of the valid pairs of a type and a channel."""


def require_fitting(resource_type: ResourceType, channel: Channel) -> None:
    """Check that resources of a type can be used on a channel.

    Raises:
        PydanticCustomError: They cannot.
    """
    channels = VALID_CHANNELS[resource_type]
    if channel not in channels:
        message = f"must be one of {', '.join(channels)} for {resource_type}"
        raise contract_error(message, "channel")


class Association(Model):
    """The assignment of a resource to an application and, optionally, an entity.

    Its members are its identity.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [*VALID_PAIRS],
            "examples": [
                {
                    "resourceType": "NUMBER",
                    "channel": "SMS",
                    "applicationId": "shop-production",
                    "entityId": "customer-42",
                    "resourceId": "447700900123",
                }
            ],
        }
    )

    resource_type: AssociationType
    channel: AssociationChannel
    application_id: ApplicationId
    entity_id: EntityId | None = None
    resource_id: ResourceId

    @model_validator(mode="after")
    def _channel_fits(self) -> "Association":
        require_fitting(self.resource_type, self.channel)
        return self

    def identity(self) -> Identity:
        """Return its identity."""
        return Identity(
            self.application_id,
            self.resource_type,
            self.channel,
            self.resource_id,
            self.entity_id,
        )


class SingleAssociationQuery(Association):
    """The identity of one association, as a query string gives it."""

    entity_id: QueryEntityId = None


class AssociationQuery(PageQuery):
    """A page of associations, and the filters that they must meet.

    An ``entityId`` that is empty, or the word ``null``, means associations without entity. Without
    ``entityId``, associations with any or no entity are included.
    """

    resource_type: AssociationType | None = None
    channel: AssociationChannel | None = None
    application_id: ApplicationId | None = None
    entity_id: QueryEntityId = None
    resource_id: ResourceId | None = None


class AssociationPage(Model):
    """A page of associations, ordered by application, type, channel, resource and entity."""

    results: list[Association]
    paging: Paging
