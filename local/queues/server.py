"""fauxqs, an emulator of SQS that keeps its messages on disk.

It accepts any credentials and any account, and listens on this machine only.
"""

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config

from local.resources import Resource
from local.service import NODE, Service, free_port, launch
from local.settings import ACCESS_KEY, PROJECT, REGION, LocalError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

_SERVER: Final = PROJECT / "node_modules" / "fauxqs" / "dist" / "server.js"
_PRELOAD: Final = Path(__file__).with_name("preload.mjs")
_SUPPORTED: Final = (
    "DelaySeconds",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "RedrivePolicy",
    "VisibilityTimeout",
)
"""Attributes that the emulator supports; encryption, tags and policies are AWS's."""


def start(
    *,
    data: Path | None = None,
    port: int | None = None,
    log: Path | None = None,
    keep_open: Sequence[int] = (),
) -> Service:
    """Start the server: without a folder, messages are in memory; without a port, on a free one.

    For the rest see ``service.launch``.

    Raises:
        LocalError: It is not installed, or the port is taken.
    """
    if not _SERVER.exists():
        message = "fauxqs is not installed: run `make bootstrap`"
        raise LocalError(message)
    chosen = free_port(port)
    settings = {
        "PATH": os.environ.get("PATH", os.defpath),
        "FAUXQS_PORT": str(chosen),
        "FAUXQS_DEFAULT_REGION": REGION,
        "FAUXQS_LOGGER": "false",
    }
    if data is not None:
        settings |= {"FAUXQS_DATA_DIR": str(data), "FAUXQS_PERSISTENCE": "true"}
    command = [str(NODE), "--import", _PRELOAD.as_uri(), str(_SERVER)]
    return launch("fauxqs", command, chosen, log=log, keep_open=keep_open, env=settings)


def client(endpoint: str) -> "SQSClient":
    """Create a client of the server with a base URL."""
    return boto3.client(
        "sqs",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=ACCESS_KEY,
        config=Config(retries={"total_max_attempts": 3}, connect_timeout=5, read_timeout=30),
    )


def create(sqs: "SQSClient", queues: Iterable[Resource]) -> None:
    """Create the template's queues that are missing, and apply its settings to all."""
    existing = sqs.list_queues().get("QueueUrls", [])
    names = {url.rpartition("/")[2] for url in existing}
    for queue in sorted(queues, key=lambda queue: "RedrivePolicy" in queue.settings):
        if queue.name not in names:
            sqs.create_queue(QueueName=queue.name)
        url = sqs.get_queue_url(QueueName=queue.name)["QueueUrl"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes(queue.settings))


def attributes(settings: Mapping[str, Any]) -> dict[Any, str]:
    """Convert properties of AWS::SQS::Queue to attributes of the SQS API."""
    return {
        name: json.dumps(value) if isinstance(value, dict) else str(value)
        for name, value in settings.items()
        if name in _SUPPORTED
    }
