"""Answering the messages of the queue that ask for senders.

An answer is an event on a queue of its own. A message that is delivered twice is answered twice,
with the same senders unless the pool has changed meanwhile; ``requestId`` tells which request an
answer is for.
"""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from provisioning.accounts import limits
from provisioning.core.config import resolved_senders_url
from provisioning.core.errors import InvalidError, ThrottledError, UnavailableError
from provisioning.queues import delivery
from provisioning.queues.delivery import QueueMessage
from provisioning.shapes.fields import Problems, parse

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from provisioning.messages.received import ReceivedSubmission
    from provisioning.messages.sender_shapes import SenderRequest

ANSWER_TYPE = "SENDERS_RESOLVED"
"""The ``type`` of an answer."""
DESTINATIONS_AT_ONCE = 1000
"""Destinations that are resolved together, about."""
SECONDS = 60
"""How long a batch is answered; what is left then is delivered again."""


class _Wanted(NamedTuple):
    """A request of a submission."""

    submission: ReceivedSubmission
    request: SenderRequest


def read(document: Any) -> tuple[list[SenderRequest], Problems]:
    """Return the requests for senders of a message of the queue, or what is wrong with them."""
    if not isinstance(document, dict) or document.get("senders") is None:
        return [], {}
    # Few messages ask for senders.
    from provisioning.messages.sender_shapes import SenderRequests  # noqa: PLC0415

    try:
        asked = parse(SenderRequests, {"senders": document["senders"]})
    except InvalidError as error:
        return [], error.problems
    return asked.senders or [], {}


def answer(submissions: Sequence[ReceivedSubmission]) -> int:
    """Answer the requests for senders of a batch.

    What cannot be answered is noted in the submissions: as a problem, or that they must wait.

    Returns:
        The number of answers that were sent.
    """
    asking = [each for each in submissions if each.requests and not each.must_wait]
    if not asking:
        return 0
    until = time.monotonic() + SECONDS
    known = _of_known_accounts(asking)
    return sum(_answer(chunk, until) for chunk in _chunks(known))


def _of_known_accounts(asking: Sequence[ReceivedSubmission]) -> list[ReceivedSubmission]:
    """Return the submissions whose accounts exist."""
    try:
        known = limits.own_limits({each.account_id for each in asking})
    except (ThrottledError, UnavailableError):
        for each in asking:
            each.must_wait = True
        return []
    for each in asking:
        if each.account_id not in known:
            each.problems["accountId"] = ["does not exist"]
    return [each for each in asking if each.account_id in known]


def _chunks(submissions: Sequence[ReceivedSubmission]) -> Iterator[list[_Wanted]]:
    """Yield the requests in groups of one account, those of one platform beside each other."""
    wanted = sorted(
        (_Wanted(each, request) for each in submissions for request in each.requests), key=_place
    )
    chunk: list[_Wanted] = []
    destinations = 0
    for one in wanted:
        added = len(one.request.destinations())
        is_full = destinations + added > DESTINATIONS_AT_ONCE
        if chunk and (is_full or chunk[0].submission.account_id != one.submission.account_id):
            yield chunk
            chunk, destinations = [], 0
        chunk.append(one)
        destinations += added
    if chunk:
        yield chunk


def _place(wanted: _Wanted) -> tuple[str, str, str, str]:
    platform = wanted.request.platform.value()
    return (
        wanted.submission.account_id,
        wanted.request.channel,
        platform.application_id or "",
        platform.entity_id or "",
    )


def _answer(chunk: Sequence[_Wanted], until: float) -> int:
    """Resolve some requests of one account, and send the answers; return how many were sent."""
    # It takes a while to load, and few batches ask for senders.
    from provisioning.senders import resolving  # noqa: PLC0415

    asked = [pair for wanted in chunk for pair in wanted.request.asked()]
    sent: set[int] = set()
    if time.monotonic() < until:
        try:
            answers = iter(resolving.resolve(chunk[0].submission.account_id, asked))
            messages = [_message(wanted, answers) for wanted in chunk]
            sent = _send(chunk, messages)
        except (ThrottledError, UnavailableError):
            sent = set()
    for position, wanted in enumerate(chunk):
        if position not in sent and not wanted.submission.problems:
            wanted.submission.must_wait = True
    return len(sent)


def _message(wanted: _Wanted, answers: Iterator[Any]) -> QueueMessage:
    """Return the answer to a request, which takes as many answers as it has destinations."""
    request = wanted.request
    results = [{"to": to, **next(answers).members(request.count)} for to in request.destinations()]
    document = {
        "type": ANSWER_TYPE,
        "accountId": wanted.submission.account_id,
        "requestId": request.request_id,
        "results": results,
    }
    # ASCII: the queue refuses some characters that an id can contain (AWS, "SendMessage").
    return QueueMessage(json.dumps(document, separators=(",", ":")))


def _send(chunk: Sequence[_Wanted], messages: Sequence[QueueMessage]) -> set[int]:
    """Send answers; return the positions of those that the queue accepted."""
    fitting = [at for at, one in enumerate(messages) if one.size <= delivery.MAXIMUM_BYTES]
    for at in set(range(len(messages))) - set(fitting):
        problem = "asks for more than one answer can hold"
        chunk[at].submission.problems["senders"] = [problem]
    accepted = delivery.send_all(resolved_senders_url(), [messages[at] for at in fitting])
    return {fitting[position] for position in accepted}
