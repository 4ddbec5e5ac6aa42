"""Shapes of resources and their owners."""

from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from provisioning.core.kinds import Channel, ResourceType
from provisioning.resources.association_shapes import VALID_PAIRS, Association, require_fitting
from provisioning.shapes.contract_errors import contract_error
from provisioning.shapes.fields import (
    AssociationChannel,
    AssociationType,
    Model,
    Moment,
    PageQuery,
    Paging,
    ResourceId,
)

_BOOLEANS = {"true": True, "false": False}


def _boolean(value: object) -> object:
    """Parse a query value as a boolean."""
    if isinstance(value, str):
        if value not in _BOOLEANS:
            raise contract_error("must be true or false")
        return _BOOLEANS[value]
    return value


class ResourceQuery(PageQuery):
    """A page of resources, and the filters that they must meet."""

    resource_type: AssociationType | None = None
    channel: AssociationChannel | None = None
    unassigned: Annotated[
        bool,
        Field(description="Whether to list only resources that belong to `default` alone"),
        BeforeValidator(_boolean),
    ] = False


class ResourcePage(Model):
    """A page of resources, one result for each owner, ordered by type, channel and resource."""

    results: list[Association]
    paging: Paging


class OwnershipQuery(Model):
    """The moment of which the owners are asked."""

    at: Moment | None = Field(None, description="The moment; without it: now")


class Owner(Model):
    """An application and an entity that own a resource on a channel."""

    application_id: str = Field(description="The application")
    entity_id: str | None = Field(None, description="The entity, if any")
    since: str | None = Field(None, description="Since when, as far as the audit goes back")
    by: str | None = Field(None, description="Who assigned it, as `actor` in the audit says")


class EarlierOwner(Owner):
    """An application and an entity that owned a resource on a channel."""

    until: str = Field(description="Until when")
    ended_by: str | None = Field(None, description="Who unassigned it")


class ResourceOnChannel(Model):
    """The owners of a resource on one channel."""

    channel: Channel
    owners: list[Owner] = Field(description="The owners; those under `default` come last")
    earlier_owners: list[EarlierOwner] = Field(description="Earlier owners, the last one first")


class OwnedResource(Model):
    """A resource with its owners on every channel."""

    resource_type: ResourceType
    resource_id: ResourceId
    channels: list[ResourceOnChannel] = Field(
        description="Its applications and entities on each channel"
    )
    other_spellings: list[str] | None = Field(
        None, description="Other ids under which the same number is stored, or was"
    )


class InboundMessage(Model):
    """The destination of an inbound message or call."""

    model_config = ConfigDict(
        json_schema_extra={
            "anyOf": [*VALID_PAIRS, {"properties": {"resourceType": {"type": "null"}}}],
            "examples": [{"channel": "SMS", "resourceId": "+44 7700 900123"}],
        }
    )

    channel: AssociationChannel
    resource_id: ResourceId
    resource_type: AssociationType | None = Field(
        None,
        description=(
            "Type of the resource. Without it, an id that is a number in any usual spelling is "
            "taken for a number if there is one, and any other id for another type if there is one"
        ),
    )

    @model_validator(mode="after")
    def _channel_fits(self) -> "InboundMessage":
        if self.resource_type is not None:
            require_fitting(self.resource_type, self.channel)
        return self


class InboundOwner(Model):
    """An application and an entity that an inbound message belongs to."""

    application_id: str = Field(description="The application")
    entity_id: str | None = Field(None, description="The entity, if any")


class InboundOwners(Model):
    """The owners of the resource that an inbound message was sent to."""

    resource_type: ResourceType | None = Field(description="Type of the resource; null: unknown")
    resource_id: str = Field(description="The resource, as it is stored")
    owners: list[InboundOwner] = Field(
        description="The owners by application and entity; those under `default` come last"
    )
