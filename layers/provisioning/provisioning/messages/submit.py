"""Putting a submission on the queue, for clients that post it to the API.

A messaging service can also put each submission that it accepts on the queue itself, in the shape
of ``QueuedSubmission``. The queue's function then creates the entities (``submissions``).
"""

import json

from provisioning.core.clock import now
from provisioning.core.config import submissions_url
from provisioning.core.errors import InvalidError
from provisioning.messages.submission_reading import Reading
from provisioning.queues import delivery
from provisioning.table.items import Attributes


def submit(account_id: str, reading: Reading) -> None:
    """Put a submission on the queue as submitted now, unless it names no entity.

    Of messages that name the same entities one is queued: without texts and recipients they are
    equal.

    Raises:
        InvalidError: It is longer than a queue message may be.
        ThrottledError, UnavailableError: The queue did not accept it.
    """
    if not reading.entity_ids:
        return
    queued = {
        "accountId": account_id,
        "submittedAt": now(),
        "submission": _without_repetitions(reading.document),
    }
    # ASCII: the queue refuses some characters that an id can contain (AWS, "SendMessage").
    text = json.dumps(queued, separators=(",", ":"))
    if len(text) > delivery.MAXIMUM_BYTES:
        raise InvalidError({"body": ["names too many entities for one submission"]})
    delivery.send(submissions_url(), text)


def _without_repetitions(document: Attributes) -> Attributes:
    messages = document.get("messages")
    if not isinstance(messages, list):
        return document
    distinct = {json.dumps(message): message for message in messages if message}
    return document | {"messages": list(distinct.values())}
