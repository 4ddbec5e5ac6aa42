"""Lets queues drive functions, as Lambda's event source mappings do."""

import base64
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from local.batches import WholeBatchError, failed_items
from local.patterns import any_of
from local.resources import EventSource
from local.settings import REGION
from local.worker import Answer

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.type_defs import MessageAttributeValueOutputTypeDef, MessageTypeDef

_RECEIVED: Final = 10
"""Messages that SQS gives at once."""
_WAIT_SECONDS: Final = 1
RETRY_SECONDS: Final = 1.0
_MAX_BATCH_BYTES: Final = 3 * 1024 * 1024
"""Bodies in one invocation, about; as JSON within JSON they may take up to Lambda's 6 MB."""


class QueuePoller:
    """Takes messages from one queue to one function."""

    def __init__(
        self,
        sqs: "SQSClient",
        source: EventSource,
        invoke: Callable[[bytes], Answer],
        note: Callable[[str], None],
        stopping: threading.Event,
    ) -> None:
        """Prepare to poll.

        Args:
            sqs: Client of the server.
            source: The event source.
            invoke: Invokes the function with an event as JSON.
            note: Told when the queue cannot be read.
            stopping: Ends the poller when set.

        Raises:
            LocalError: A filter is no valid event pattern.
        """
        settings = source.settings
        filters = settings.get("FilterCriteria", {}).get("Filters", ())
        self._sqs = sqs
        self._source = source
        self._invoke = invoke
        self._note = note
        self._stopping = stopping
        self._batch_size = int(settings.get("BatchSize", 10))
        self._window = float(settings.get("MaximumBatchingWindowInSeconds", 0))
        self._reports = "ReportBatchItemFailures" in settings.get("FunctionResponseTypes", ())
        self._matches = any_of(one["Pattern"] for one in filters)
        self._url = ""

    def run(self) -> None:
        """Poll until the poller is stopped."""
        while not self._stopping.is_set():
            try:
                self.step()
            except (BotoCoreError, ClientError) as error:
                if not self._stopping.is_set():
                    self._note(f"cannot read {self._source.source}: {error}")
                self._stopping.wait(RETRY_SECONDS)

    def step(self) -> bool:
        """Wait for messages, and hand them over.

        What the function does not handle stays in the queue, to be seen again
        after its visibility timeout, and to go where its redrive policy says.

        Returns:
            Whether there were any.
        """
        messages = self._collect()
        if not messages or self._stopping.is_set():
            return False
        records = [_event_record(message, self._source.source) for message in messages]
        wanted = [record for record in records if self._matches(_filtered_form(record))]
        failed = self._hand_over(wanted) if wanted else set()
        self._delete([one for one in messages if one["MessageId"] not in failed])
        return True

    def _collect(self) -> list["MessageTypeDef"]:
        """Receive until the batch is full or its window has passed."""
        messages: list[MessageTypeDef] = []
        size = 0
        deadline = float("inf")
        while len(messages) < self._batch_size and size < _MAX_BATCH_BYTES:
            wait = _WAIT_SECONDS if deadline - time.monotonic() > _WAIT_SECONDS else 0
            more = self._receive(min(_RECEIVED, self._batch_size - len(messages)), wait)
            if not more and (not messages or not wait):
                break
            if not messages:
                deadline = time.monotonic() + self._window
            messages += more
            size += sum(len(message["Body"]) for message in more)
        return messages

    def _receive(self, count: int, wait: int) -> list["MessageTypeDef"]:
        self._url = self._url or self._find()
        answer = self._sqs.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=count,
            WaitTimeSeconds=wait,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return answer.get("Messages", [])

    def _find(self) -> str:
        name = self._source.source.rpartition(":")[2]
        return self._sqs.get_queue_url(QueueName=name)["QueueUrl"]

    def _hand_over(self, records: Sequence[Mapping[str, Any]]) -> set[str]:
        """Invoke the function."""
        answer = self._invoke(json.dumps({"Records": records}).encode())
        ids = [record["messageId"] for record in records]
        try:
            return failed_items(answer, ids, reports=self._reports)
        except WholeBatchError:
            return set(ids)

    def _delete(self, messages: Sequence["MessageTypeDef"]) -> None:
        for start in range(0, len(messages), _RECEIVED):
            self._sqs.delete_message_batch(
                QueueUrl=self._url,
                Entries=[
                    {"Id": str(index), "ReceiptHandle": message["ReceiptHandle"]}
                    for index, message in enumerate(messages[start : start + _RECEIVED])
                ],
            )


def _event_record(message: "MessageTypeDef", queue: str) -> dict[str, Any]:
    """Write a message as Lambda hands it to a function."""
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
    """Write a message attribute as Lambda hands it to a function."""
    written: dict[str, Any] = {
        "stringListValues": [],
        "binaryListValues": [],
        "dataType": value["DataType"],
    }
    if "BinaryValue" in value:
        return {**written, "binaryValue": base64.b64encode(value["BinaryValue"]).decode()}
    return {**written, "stringValue": value.get("StringValue")}


def _filtered_form(record: Mapping[str, Any]) -> dict[str, Any]:
    """Give a record with its body parsed, as filters see it; text if it is no JSON."""
    try:
        return {**record, "body": json.loads(record["body"])}
    except ValueError:
        return dict(record)
