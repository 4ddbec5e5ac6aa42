"""Records of the table's stream, as Lambda hands them to a function, decoded once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from aws_lambda_powertools.utilities.batch import (
    BatchProcessor,
    EventType,
    process_partial_response,
)
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord

from provisioning.core.log import logger
from provisioning.table import formats
from provisioning.table.items import Item


@dataclass(frozen=True)
class StreamRecord:
    """A change of one item.

    Attributes:
        raw: The record as the Lambda event has it, with new and old images.
    """

    raw: Mapping[str, Any]

    @property
    def event_id(self) -> str:
        """The record's id, the same at each delivery."""
        return str(self.raw["eventID"])

    @property
    def sequence_number(self) -> str:
        """The record's number in its shard, by which a failure is reported."""
        return str(self.raw["dynamodb"]["SequenceNumber"])

    @cached_property
    def old(self) -> Item | None:
        """The item before the change; None if it did not exist."""
        return self._image("OldImage")

    @cached_property
    def new(self) -> Item | None:
        """The item after the change; None if it was deleted."""
        return self._image("NewImage")

    @property
    def item(self) -> Item:
        """The item after the change, or before it if it was deleted."""
        item = self.new if self.new is not None else self.old
        if item is None:
            raise ValueError("a stream record without images")
        return item

    def _image(self, name: str) -> Item | None:
        image = self.raw["dynamodb"].get(name)
        return None if image is None else formats.decode(image)


def of_event(event: Mapping[str, Any]) -> list[StreamRecord]:
    """Return the records of a Lambda event."""
    return [StreamRecord(raw) for raw in event["Records"]]


def process_each(
    event: Mapping[str, Any], handle: Callable[[StreamRecord], None]
) -> Mapping[str, Any]:
    """Handle each record of a batch, and return the failed ones in the form that Lambda expects.

    Lambda delivers again from the first failed record on (AWS, "Partial batch responses"), so it
    must be harmless to handle a record twice (docs/adr/0067).

    Args:
        event: The Lambda event.
        handle: Handles one record. What it raises is logged, and the record fails.
    """

    def handle_logged(record: DynamoDBRecord) -> None:
        try:
            handle(StreamRecord(record.raw_event))
        except Exception:
            logger.exception("A stream record failed")
            raise

    processor = BatchProcessor(EventType.DynamoDBStreams, raise_on_entire_batch_failure=False)
    return process_partial_response(dict(event), handle_logged, processor)
