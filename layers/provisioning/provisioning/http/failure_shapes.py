"""The shape of errors, for the OpenAPI document."""

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from provisioning.http.api import ERRORS
from provisioning.shapes.fields import Model


class ServiceException(Model):
    """What went wrong."""

    message_id: str = Field(
        description="Name of the error",
        json_schema_extra={"enum": [*sorted(message_id for _, message_id, _ in ERRORS.values())]},
    )
    text: str = Field(description="The error in words")
    validation_errors: dict[str, list[str]] | SkipJsonSchema[None] = Field(
        None, description="For each member or parameter that is wrong, in what way"
    )


class RequestError(Model):
    """Holds what went wrong."""

    service_exception: ServiceException


class Failure(Model):
    """The envelope that every error comes in."""

    request_error: RequestError
