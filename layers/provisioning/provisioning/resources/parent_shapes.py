"""Shapes of applications and entities."""

from typing import Annotated

from pydantic import AfterValidator, Field

from provisioning.shapes.fields import (
    UNADDRESSABLE,
    ApplicationId,
    Model,
    Name,
    NewEntityId,
    Paging,
    addressable,
)


class Application(Model):
    """An application: an environment or use case."""

    identifier: Annotated[ApplicationId, AfterValidator(addressable)] = Field(
        alias="applicationId", json_schema_extra={"not": {"enum": [*UNADDRESSABLE]}}
    )
    name: Name = Field(None, alias="applicationName", examples=["Shop, production"])


class ModifyApplication(Model):
    """The new name of an application; none clears it."""

    name: Name = Field(None, alias="applicationName", examples=["Shop, live"])


class Entity(Model):
    """An entity: a customer, a department, a cost centre."""

    identifier: NewEntityId = Field(alias="entityId")
    name: Name = Field(None, alias="entityName", examples=["Customer 42"])


class ModifyEntity(Model):
    """The new name of an entity; none clears it."""

    name: Name = Field(None, alias="entityName", examples=["Customer 42 (north)"])


class ApplicationPage(Model):
    """A page of applications, by id."""

    results: list[Application]
    paging: Paging


class EntityPage(Model):
    """A page of entities, by id."""

    results: list[Entity]
    paging: Paging
