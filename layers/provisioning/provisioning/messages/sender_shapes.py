"""Shapes of the questions for senders that messages of the queue ask."""

from typing import Annotated

from pydantic import Field, StrictStr

from provisioning.messages.submission_shapes import QueuedSubmission
from provisioning.senders.resolve_shapes import SenderQuestion
from provisioning.shapes.fields import MAXIMUM_LENGTH, Model, at_most

MAXIMUM_REQUESTS = 100
"""Requests for senders of one message of the queue."""


class SenderRequest(SenderQuestion):
    """A request for the sender of a message, or of the same message to several destinations."""

    request_id: Annotated[StrictStr, Field(min_length=1, max_length=MAXIMUM_LENGTH)] = Field(
        description="Returned with the answer, to tell which request it is for",
        examples=["message-4711"],
    )


class SenderRequests(Model):
    """The requests for senders of a message of the queue."""

    senders: (
        Annotated[
            list[SenderRequest], Field(max_length=MAXIMUM_REQUESTS), at_most(MAXIMUM_REQUESTS)
        ]
        | None
    ) = Field(None, description="Requests for senders, which are answered on the queue of answers")


class QueuedMessage(QueuedSubmission, SenderRequests):
    """What a messaging service puts on the queue for each submission that it accepted."""
