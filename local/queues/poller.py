"""Event source mappings of queues: receive messages and invoke functions, as Lambda does."""

import base64
import json
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from local.resources import EventSource
from local.settings import REGION, LocalError
from local.worker import Answer

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageAttributeValueOutputTypeDef, MessageTypeDef

_MAX_RECEIVED: Final = 10
_WAIT_SECONDS: Final = 1
RETRY_SECONDS: Final = 1.0
_MAX_BATCH_BYTES: Final = 3 * 1024 * 1024
"""Bodies in one invocation; escaped in JSON they stay below Lambda's 6 MB."""


@dataclass
class QueuePoller:
    """Passes messages from one queue to one function, until `stopping` is set."""

    sqs: "SQSClient"
    source: EventSource
    invoke: Callable[[bytes], Answer]
    note: Callable[[str], None]
    stopping: threading.Event
    _url: str = ""

    def __post_init__(self) -> None:
        """Read the settings.

        Raises:
            LocalError: The event source has filters, which are not supported.
        """
        settings = self.source.settings
        if "FilterCriteria" in settings:
            name = self.source.logical_id
            message = f"{name}: the local system does not support filters of a queue"
            raise LocalError(message)
        self._batch_size = int(settings.get("BatchSize", 10))
        self._window = float(settings.get("MaximumBatchingWindowInSeconds", 0))
        self._reports = "ReportBatchItemFailures" in settings.get("FunctionResponseTypes", ())

    def run(self) -> None:
        """Poll until the end; a server that does not answer is noted and asked again."""
        while not self.stopping.is_set():
            try:
                self.step()
            except (BotoCoreError, ClientError) as error:
                if not self.stopping.is_set():
                    self.note(f"cannot read {self.source.source}: {error}")
                self.stopping.wait(RETRY_SECONDS)

    def step(self) -> None:
        """Wait for messages, and invoke the function if there are any.

        Messages that fail stay in the queue: they are visible again after the
        visibility timeout, and the redrive policy applies.
        """
        messages = self._collect()
        if not messages or self.stopping.is_set():
            return
        records = [_event_record(message, self.source.source) for message in messages]
        answer = self.invoke(json.dumps({"Records": records}).encode())
        ids = [message["MessageId"] for message in messages]
        failed = answer.failed_items(ids, reports=self._reports)
        self._delete([message for message in messages if message["MessageId"] not in failed])

    def _collect(self) -> list["MessageTypeDef"]:
        """Receive until the batch is full or its window is over."""
        messages: list[MessageTypeDef] = []
        size = 0
        deadline = float("inf")
        while len(messages) < self._batch_size and size < _MAX_BATCH_BYTES:
            wait = _WAIT_SECONDS if deadline - time.monotonic() > _WAIT_SECONDS else 0
            more = self._receive(min(_MAX_RECEIVED, self._batch_size - len(messages)), wait)
            if not more and (not messages or not wait):
                break
            if not messages:
                deadline = time.monotonic() + self._window
            messages += more
            size += sum(len(message["Body"]) for message in more)
        return messages

    def _receive(self, count: int, wait: int) -> list["MessageTypeDef"]:
        self._url = self._url or url_of(self.sqs, self.source.source)
        answer = self.sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=count,
            WaitTimeSeconds=wait,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return answer.get("Messages", [])

    def _delete(self, messages: Sequence["MessageTypeDef"]) -> None:
        for start in range(0, len(messages), _MAX_RECEIVED):
            self.sqs.delete_message_batch(
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]}
                    for index, message in enumerate(messages[start : start + _MAX_RECEIVED])
                ],
            )


def url_of(sqs: "SQSClient", queue: str) -> str:
    """Return the URL of the queue with an ARN."""
    return sqs.get_queue_url(QueueName=queue.rpartition(":")[2])["QueueUrl"]


def _event_record(message: "MessageTypeDef", queue: str) -> dict[str, Any]:
    """Build the record of a message in the function's event."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": message.get("Attributes", {}),
        "messageAttributes": {
            name: _event_attribute(value)
            for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": queue,
        "awsRegion": REGION,
    }


def _event_attribute(value: "MessageAttributeValueOutputTypeDef") -> dict[str, Any]:
    written = {"stringListValues": [], "binaryListValues": [], "dataType": value["DataType"]}
    if "BinaryValue" in value:
        return {**written, "binaryValue": base64.b64encode(value["BinaryValue"]).decode()}
    return {**written, "stringValue": value.get("StringValue")}
