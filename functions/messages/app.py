"""Messages: creates the entities that submitted messages name.

For messaging services that do not send submissions to the queue themselves.
"""

from provisioning.accounts import rate_limits
from provisioning.http.handler import build
from provisioning.http.routes import Reply, Request, Route
from provisioning.messages import submission_reading
from provisioning.messages.submission_shapes import Submission
from provisioning.messages.submit import submit as put_on_queue
from provisioning.queues.delivery import MAXIMUM_BYTES


def submit(request: Request) -> Reply:
    """Accepts a submission in the format of any messaging API, and creates the entities it names.

    An entity that does not exist is created shortly after, with the value in the message as its id
    and name. Entities are read from ``entityId``, ``platform.entityId`` and
    ``options.platform.entityId``, in the submission and in each of its ``messages``. Everything
    else is ignored, and applications are never created. Invalid parts are ignored too: a submission
    is refused only if nothing in it is valid, or if a string of it is no Unicode text.
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
        read=submission_reading.read_posted,
        forms=True,
        largest=MAXIMUM_BYTES,
        tokens=lambda request: rate_limits.tokens_of(len(request.body.entity_ids)),
    )
]
handler = build(routes)
