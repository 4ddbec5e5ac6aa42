"""Records of the table's stream, as Lambda hands them to a function, decoded once."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from provisioning.table import formats
from provisioning.table.items import Item


@dataclass(frozen=True)
class StreamRecord:
    """A change of one item."""

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
