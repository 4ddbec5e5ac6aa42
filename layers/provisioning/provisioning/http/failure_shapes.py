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
