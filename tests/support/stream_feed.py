"""Stream records of one partition, which a test holds back and delivers in any order."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from provisioning.projections import follower
from provisioning.table import items, page_index_keys, reads, writes
from provisioning.table.items import Item
from provisioning.table.primary_keys import Key
from provisioning.table.stream_records import StreamRecord
from tests.support.changes import change


class CutOffError(BaseException):
    """The function dies; it cannot even handle a failure."""


@dataclass
class Feed:
    """Changes that the follower has not got yet: in order for each item, otherwise in any.

    Attributes:
        pending: Changes not delivered yet, by their item in order.
        delivered: Changes that were, to be delivered again.
    """

    pending: dict[Key, list[StreamRecord]] = field(default_factory=dict)
    delivered: list[StreamRecord] = field(default_factory=list)

    def add(self, record: StreamRecord) -> None:
        """Add a change to be delivered."""
        self.pending.setdefault(items.key_of(record.item), []).append(record)

    def batch(self, size: int, chance: random.Random, again: int = 2) -> list[StreamRecord]:
        """Return the next changes of some items, and ``again`` that were delivered before."""
        some = chance.sample(sorted(self.pending), min(size, len(self.pending)))
        repeated = chance.sample(self.delivered, min(again, len(self.delivered)))
        return [self.pending[key][0] for key in some] + repeated

    def acknowledge(self, batch: list[StreamRecord]) -> None:
        """Remove changes that were followed."""
        for record in batch:
            key = items.key_of(record.item)
            if self.pending.get(key, [None])[0] is record:
                self.pending[key].pop(0)
                self.delivered.append(record)
                if not self.pending[key]:
                    del self.pending[key]


@dataclass
class PartitionFeed(Feed):
    """Writes items of one partition, and keeps the changes that a stream would deliver.

    Attributes:
        partition: The partition.
        type: The items' attribute ``type``.
        existing: The existing sort keys: the model.
    """

    partition: str = ""
    type: str = "application"
    existing: set[str] = field(default_factory=set)

    def put(self, *sort_keys: str) -> None:
        """Write items that are new."""
        new = [key for key in dict.fromkeys(sort_keys) if key not in self.existing]
        writes.batch_write([self._item(key) for key in new], [])
        for key in new:
            self.existing.add(key)
            self.add(change(None, self._item(key)))

    def remove(self, *sort_keys: str) -> None:
        """Delete existing items."""
        gone = [key for key in dict.fromkeys(sort_keys) if key in self.existing]
        writes.batch_write([], [Key(self.partition, key) for key in gone])
        for key in gone:
            self.existing.remove(key)
            self.add(change(self._item(key), None))

    def _item(self, key: str) -> Item:
        attributes = items.key_attributes(Key(self.partition, key))
        return attributes | {"type": self.type, "id": key}

    def build_record(self) -> StreamRecord | None:
        """Return the stream record that continues building the page index, if there is one."""
        item = reads.get(page_index_keys.root(self.partition))
        return change(None, item) if item is not None and item["awake"] else None

    def come_to_rest(self) -> None:
        """Deliver everything that is pending, and build the page index if it was started."""
        chance = random.Random(0)
        while self.pending or self.build_record():
            batch = self.batch(25, chance)
            follower.follow([*self._building(), *batch])
            self.acknowledge(batch)

    def _building(self) -> Iterator[StreamRecord]:
        if (record := self.build_record()) is not None:
            yield record
