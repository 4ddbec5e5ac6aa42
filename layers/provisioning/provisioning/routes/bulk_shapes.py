"""The shapes of bulk requests and their responses.

Elements of the lists are not validated here: an invalid one gets an outcome that says so.
"""

from typing import Any, Literal

from pydantic import ConfigDict, Field, SkipValidation, model_validator
from pydantic.json_schema import SkipJsonSchema

from provisioning.accounts import rate_limits
from provisioning.http.failure_shapes import RequestError
from provisioning.resources.association_shapes import Association
from provisioning.resources.parent_shapes import Application, Entity
from provisioning.shapes.contract_errors import contract_error
from provisioning.shapes.fields import ApplicationId, EntityId, Model

MAXIMUM_TASKS = 1000
"""Elements that the lists of a request may have together."""

_List = Field(None, max_length=MAXIMUM_TASKS)


def _one_required(schema: dict[str, Any]) -> None:
    """Say in a JSON schema that one of the lists must be given."""
    schema["anyOf"] = [{"required": [name]} for name in schema["properties"]]


class _Bulk(Model):
    """The base of bulk requests: one list must be given, and their length together is limited.

    Without this, a misspelled list would be ignored like any unknown member, and answered as done.
    """

    model_config = ConfigDict(json_schema_extra=_one_required)

    @model_validator(mode="after")
    def _has_a_list(self) -> "_Bulk":
        if not self.model_fields_set:
            names = " or ".join(type(self).model_fields)
            message = f"must have {names}"
            raise contract_error(message, "body")
        return self

    @model_validator(mode="after")
    def _not_too_many(self) -> "_Bulk":
        if self._elements() > MAXIMUM_TASKS:
            message = f"the lists must have at most {MAXIMUM_TASKS} elements together"
            raise contract_error(message, "body")
        return self

    def tokens(self) -> int:
        """Return how many tokens of the rate limits the request takes."""
        return rate_limits.tokens_of(self._elements())

    def _elements(self) -> int:
        return sum(len(getattr(self, name) or ()) for name in type(self).model_fields)


class BulkAssociations(_Bulk):
    """Associations to delete (`unlink`) and to create (`link`), up to 1,000 together."""

    unlink: list[SkipValidation[Association]] | None = _List
    link: list[SkipValidation[Association]] | None = _List


class BulkApplications(_Bulk):
    """Applications to delete and to create, up to 1,000 together. Deletions come first."""

    delete: list[SkipValidation[ApplicationId]] | None = _List
    create: list[SkipValidation[Application]] | None = _List


class BulkEntities(_Bulk):
    """Entities to delete and to create, up to 1,000 together. Deletions come first."""

    delete: list[SkipValidation[EntityId]] | None = _List
    create: list[SkipValidation[Entity]] | None = _List


class _Outcome(Model):
    """The base of outcomes."""

    index: int = Field(description="Position of the element in its list, from 0")
    status: int = Field(
        description="HTTP status that the single request would have had", examples=[201]
    )
    retry_after: int | SkipJsonSchema[None] = Field(
        None, description="Seconds to wait before it is sent again, if its status is 429"
    )
    request_error: RequestError | SkipJsonSchema[None] = Field(
        None, description="The error, as in the response of a failed single request"
    )


class AssociationOutcome(_Outcome):
    """The outcome for one association of a bulk request."""

    action: Literal["unlink", "link"] = Field(description="List of the element")
    association: Association | SkipJsonSchema[None] = Field(
        None, description="The ids in the element; absent if it is invalid"
    )


class _ParentOutcome(_Outcome):
    """The base of the outcomes for applications and entities."""

    action: Literal["delete", "create"] = Field(description="List of the element")
    operation_id: str | SkipJsonSchema[None] = Field(
        None, description="Id of the operation that a deletion has started"
    )
    operation_location: str | SkipJsonSchema[None] = Field(
        None, description="URL of that operation, as in Operation-Location"
    )


class ApplicationOutcome(_ParentOutcome):
    """The outcome for one application of a bulk request."""

    application_id: str | SkipJsonSchema[None] = Field(
        None, description="The ids in the element; absent if it is invalid"
    )


class EntityOutcome(_ParentOutcome):
    """The outcome for one entity of a bulk request."""

    entity_id: str | SkipJsonSchema[None] = Field(
        None, description="The ids in the element; absent if it is invalid"
    )


class _Outcomes(Model):
    """The base of responses to bulk requests."""

    succeeded: int = Field(description="Number of elements that succeeded")
    failed: int = Field(
        description="Number of elements that failed; the status is 207 if there are any"
    )


class AssociationOutcomes(_Outcomes):
    """The outcomes of all elements: those of `unlink`, then those of `link`, each in its order."""

    results: list[AssociationOutcome]


class ApplicationOutcomes(_Outcomes):
    """The outcomes of all elements: those of `delete`, then those of `create`, in their order."""

    results: list[ApplicationOutcome]


class EntityOutcomes(_Outcomes):
    """The outcomes of all elements: those of `delete`, then those of `create`, in their order."""

    results: list[EntityOutcome]
