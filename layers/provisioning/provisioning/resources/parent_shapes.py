"""Shapes of applications and entities."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from provisioning.shapes.fields import (
    MAXIMUM_LENGTH,
    UNADDRESSABLE,
    ApplicationId,
    Model,
    Name,
    NewEntityId,
    PageQuery,
    Paging,
    addressable,
)

MAXIMUM_COUNTED = 100
"""Results on a page with counts of links: each costs a read or more."""


class ParentQuery(PageQuery):
    """Which page of the applications or entities, and which members it shows."""

    prefix: str = Field("", max_length=MAXIMUM_LENGTH, description="What their ids begin with")
    include: Literal["counts"] | None = Field(
        None,
        description="`counts` adds to each how many links it has (`linked`); "
        f"`size` is then {MAXIMUM_COUNTED} at most",
    )

    @model_validator(mode="after")
    def _can_be_counted(self) -> Self:
        if self.include and self.size > MAXIMUM_COUNTED:
            message = f"must be less than or equal to {MAXIMUM_COUNTED}"
            raise PydanticCustomError("contract", "{message}", {"message": message, "at": "size"})
        return self


Linked = Annotated[
    int | None, Field(description="How many links it has; only where `include` asks for it")
]


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


class ListedApplication(Application):
    """An application as lists have it."""

    linked: Linked = None


class ListedEntity(Entity):
    """An entity as lists have it."""

    linked: Linked = None


class ApplicationPage(Model):
    """A page of applications, by id."""

    results: list[ListedApplication]
    paging: Paging


class EntityPage(Model):
    """A page of entities, by id."""

    results: list[ListedEntity]
    paging: Paging
