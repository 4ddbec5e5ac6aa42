"""Messages: submitted messages, of which the entities that they name are created.

For those who do not put submissions on the queue themselves.
"""

from provisioning.http.api import Reply, Request, Route, build
from provisioning.messages import intake
from provisioning.messages.submission_shapes import Submission
from provisioning.queues.delivery import MAXIMUM_BYTES


def submit(request: Request) -> Reply:
    """Take a submission as any messaging API takes it, and create what entities it names.

    An entity that does not exist is created soon after, with the value on the message as its id
    and name. All places that name one are read: ``entityId`` and ``platform.entityId`` and
    ``options.platform.entityId``, in the submission and in each of its ``messages``.
    Everything else is ignored, and an application is never created. What can be read of it is
    taken: only where nothing can, it is refused.
    """
    intake.submit(request.principal.account_id, request.body)
    return Reply()


routes = [
    Route(
        "POST",
        "/provisioning/1/messages",
        submit,
        202,
        "Submit a message",
        body=Submission,
        read=intake.read,
        forms=True,
        largest=MAXIMUM_BYTES,
    )
]
handler = build(routes)
