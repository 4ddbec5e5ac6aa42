"""Producers that send submissions to the served system, in processes of their own."""

import json
import random
import time
from collections.abc import Sequence
from typing import Any

import requests

from local.queues import server
from provisioning.core import clock
from provisioning.shapes.documents import read_json
from provisioning.shapes.forms import FORM, read_form
from tests.support.listener import Submitted

BATCH = 10


def post(url: str, api_key: str, submissions: Sequence[Submitted], seed: int) -> set[int]:
    """Post submissions in an order of one's own, as fast as the API lets one.

    Returns:
        The statuses of the answers, those left out that asked to come back later.
    """
    with requests.Session() as session:
        session.headers["Authorization"] = f"App {api_key}"
        address = f"{url}/provisioning/1/messages"
        shuffled = _shuffled(submissions, seed)
        return {_posted(session, address, submission) for submission in shuffled}


def _posted(session: requests.Session, address: str, submission: Submitted) -> int:
    """Post one submission, again and again while the answer is to come back later."""
    while True:
        answer = session.post(
            address,
            data=submission.body,
            headers={"Content-Type": submission.content_type},
            timeout=60,
        )
        if answer.status_code != requests.codes.too_many:
            return answer.status_code
        time.sleep(int(answer.headers["Retry-After"]))


def send(endpoint: str, account: str, submissions: Sequence[Submitted], seed: int) -> int:
    """Put submissions on the queue in an order of one's own; return how many it took."""
    sqs = server.client(endpoint)
    url = sqs.get_queue_url(QueueName="local-SubmissionsQueue")["QueueUrl"]
    bodies = [_queued(account, submission) for submission in _shuffled(submissions, seed)]
    taken = 0
    for start in range(0, len(bodies), BATCH):
        batch = bodies[start : start + BATCH]
        answer = sqs.send_message_batch(
            QueueUrl=url,
            Entries=[{"Id": str(at), "MessageBody": body} for at, body in enumerate(batch)],
        )
        taken += len(answer["Successful"])
    return taken


def _shuffled(submissions: Sequence[Submitted], seed: int) -> list[Submitted]:
    return random.Random(seed).sample(submissions, len(submissions))


def _queued(account: str, submission: Submitted) -> str:
    """Return what a messaging service that got a submission puts on the queue."""
    return json.dumps(
        {
            "accountId": account,
            "submittedAt": clock.now(),
            "submission": document_of(submission),
        }
    )


def document_of(submission: Submitted) -> Any:
    """Return a submission as a document: a form's fields are its members."""
    if submission.content_type.startswith(FORM):
        return read_form(submission.body, submission.content_type)
    return read_json(submission.body)
