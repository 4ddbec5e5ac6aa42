"""Messages: submitted messages, of which the entities that they name are created.

For those who do not put submissions on the queue themselves.
"""

from provisioning.http.handler import build
from provisioning.http.routes import Reply, Request, Route
from provisioning.messages import submission_reading
from provisioning.messages.submission_shapes import Submission
from provisioning.messages.submit import submit as put_on_queue
from provisioning.queues.delivery import MAXIMUM_BYTES


def submit(request: Request) -> Reply:
    """Take a submission as any messaging API takes it, and create what entities it names.

    An entity that does not exist is created soon after, with the value on the message as its id
    and name. All places that name one are read: ``entityId`` and ``platform.entityId`` and
    ``options.platform.entityId``, in the submission and in each of its ``messages``.
    Everything else is ignored, and an application is never created. What can be read of it is
    taken: only where nothing can, it is refused.
    """
    put_on_queue(request.principal.account_id, request.body)
    return Reply()


routes = [
    Route(
        "POST",
        "/provisioning/1/messages",
        submit,
        202,
        "Submit a message",
        body=Submission,
        read=submission_reading.read,
        forms=True,
        largest=MAXIMUM_BYTES,
    )
]
handler = build(routes)
