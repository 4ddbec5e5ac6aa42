"""The shapes of error responses, for the OpenAPI document."""

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from provisioning.http.errors import ERRORS
from provisioning.shapes.fields import Model


class ServiceException(Model):
    """The error."""

    message_id: str = Field(
        description="Name of the error",
        json_schema_extra={"enum": [*sorted(message_id for _, message_id, _ in ERRORS.values())]},
    )
    text: str = Field(description="The error in words")
    validation_errors: dict[str, list[str]] | SkipJsonSchema[None] = Field(
        None, description="The problems of each invalid member or parameter"
    )


class RequestError(Model):
    """Contains the error."""

    service_exception: ServiceException


class Failure(Model):
    """The envelope of every error."""

    request_error: RequestError


class Violation(Model):
    """A problem of the request."""

    property: str = Field(description="The member or parameter")
    violation: str = Field(description="What is wrong with it")


class ErrorResource(Model):
    """A document about an error."""

    name: str = Field(description="Its name")
    url: str = Field(description="Its URL")


class NewerFailure(Model):
    """Every error of version 2 of the API."""

    error_code: str = Field(description="`E` and the status")
    description: str = Field(description="The error in words")
    action: str = Field(description="What a client can do about it")
    violations: list[Violation] = Field(description="The problems of the request, if any")
    resources: list[ErrorResource] = Field(description="Documents about the error, if any")
