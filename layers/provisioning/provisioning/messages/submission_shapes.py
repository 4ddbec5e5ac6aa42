"""Shapes of submitted messages."""

from typing import Annotated, Any

from pydantic import ConfigDict, Field, StrictStr, WithJsonSchema
from pydantic.config import JsonDict

from provisioning.shapes.fields import Model, Moment, NewEntityId
from provisioning.table.keys import ACCOUNT_ID


class Platform(Model):
    """The application and entity on whose behalf a message is sent."""

    application_id: Annotated[
        Any,
        Field(
            description="The application; it is ignored, so an unknown one is no error",
            examples=["shop-production"],
        ),
        WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "null"}]}),
    ] = None
    entity_id: NewEntityId | None = Field(
        None, description="The entity, which is created if it does not exist"
    )


class MessageOptions(Model):
    """The options of a message; only the platform is used."""

    platform: Platform | None = None


class Message(Platform):
    """A message. It can name its entity in three places: at the top level, in ``platform`` and in
    ``options.platform``.
    """

    platform: Platform | None = None
    options: MessageOptions | None = None


_EXAMPLE: JsonDict = {
    "messages": [
        {"options": {"platform": {"applicationId": "shop-production", "entityId": "customer-42"}}}
    ]
}


class Submission(Message):
    """A submitted message, or several, as any messaging API accepts them.

    All places that can name an entity are used; everything else is ignored.
    """

    model_config = ConfigDict(json_schema_extra={"minProperties": 1, "examples": [_EXAMPLE]})

    messages: list[Message] | None = Field(None, description="The messages, if it has several")


class QueuedSubmission(Model):
    """What a messaging service puts on the queue for each submission that it accepted."""

    account_id: Annotated[
        StrictStr,
        Field(pattern=ACCOUNT_ID, description="The account that submitted it", examples=["acme"]),
    ]
    submitted_at: Moment = Field(
        description="When the messaging API accepted it: before or after a deletion of the entity",
        examples=["2026-11-23T16:40:08.123Z"],
    )
    submission: Submission
