"""The shapes of bulk requests and their answers.

Elements of the lists are taken as they come: each that does not fit has an outcome that says so.
"""

from typing import Literal

from pydantic import Field, SkipValidation, model_validator
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from provisioning.http.failure_shapes import RequestError
from provisioning.resources.association_shapes import Association
from provisioning.resources.parent_shapes import Application, Entity
from provisioning.shapes.fields import ApplicationId, EntityId, Model

MAXIMUM_TASKS = 1000
"""Elements that the lists of one request may have together."""

_List = Field(None, max_length=MAXIMUM_TASKS)


class _Bulk(Model):
    """The parent of bulk requests: members that are lists, of limited length together."""

    @model_validator(mode="after")
    def _not_too_many(self) -> "_Bulk":
        if sum(len(getattr(self, name) or ()) for name in type(self).model_fields) > MAXIMUM_TASKS:
            message = f"the lists must have at most {MAXIMUM_TASKS} elements together"
            raise PydanticCustomError("contract", "{message}", {"message": message, "at": "body"})
        return self


class BulkAssociations(_Bulk):
    """Associations to remove and to make, up to 1,000 together; removals come first."""

    unlink: list[SkipValidation[Association]] | None = _List
    link: list[SkipValidation[Association]] | None = _List


class BulkApplications(_Bulk):
    """Applications to delete and to create, up to 1,000 together; deletions come first."""

    delete: list[SkipValidation[ApplicationId]] | None = _List
    create: list[SkipValidation[Application]] | None = _List


class BulkEntities(_Bulk):
    """Entities to delete and to create, up to 1,000 together; deletions come first."""

    delete: list[SkipValidation[EntityId]] | None = _List
    create: list[SkipValidation[Entity]] | None = _List


class _Outcome(Model):
    """The parent of outcomes."""

    index: int = Field(description="The element's place in its list, from 0")
    status: int = Field(
        description="The HTTP status that the single request would have had", examples=[201]
    )
    retry_after: int | SkipJsonSchema[None] = Field(
        None, description="Seconds to wait before it is sent again, where its status is 429"
    )
    request_error: RequestError | SkipJsonSchema[None] = Field(
        None, description="Why it failed, as an error's answer has it"
    )


class AssociationOutcome(_Outcome):
    """What became of one element of a bulk request on associations."""

    action: Literal["unlink", "link"] = Field(description="The list that the element stands in")
    association: Association | SkipJsonSchema[None] = Field(
        None, description="What the element names; absent where it does not fit the shape"
    )


class _ParentOutcome(_Outcome):
    """The parent of the outcomes of applications and entities."""

    action: Literal["delete", "create"] = Field(description="The list that the element stands in")
    operation_id: str | SkipJsonSchema[None] = Field(
        None, description="Id of the operation that a delete has set going"
    )
    operation_location: str | SkipJsonSchema[None] = Field(
        None, description="Where that operation can be read, as Operation-Location has it"
    )


class ApplicationOutcome(_ParentOutcome):
    """What became of one element of a bulk request on applications."""

    application_id: str | SkipJsonSchema[None] = Field(
        None, description="What the element names; absent where it does not fit the shape"
    )


class EntityOutcome(_ParentOutcome):
    """What became of one element of a bulk request on entities."""

    entity_id: str | SkipJsonSchema[None] = Field(
        None, description="What the element names; absent where it does not fit the shape"
    )


class _Outcomes(Model):
    """The parent of answers to bulk requests."""

    succeeded: int = Field(description="How many succeeded")
    failed: int = Field(description="How many failed; the status is 207 where any did")


class AssociationOutcomes(_Outcomes):
    """The outcomes of all elements: those of `unlink`, then those of `link`, each in its order."""

    results: list[AssociationOutcome]


class ApplicationOutcomes(_Outcomes):
    """The outcomes of all elements: those of `delete`, then those of `create`, in their order."""

    results: list[ApplicationOutcome]


class EntityOutcomes(_Outcomes):
    """The outcomes of all elements: those of `delete`, then those of `create`, in their order."""

    results: list[EntityOutcome]
