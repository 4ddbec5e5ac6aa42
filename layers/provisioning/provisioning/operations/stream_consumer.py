"""What operations do with the records of the table's stream."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from provisioning.operations import orphans, worker
from provisioning.table.stream_records import StreamRecord

if TYPE_CHECKING:
    from provisioning.table.operation_types import Shard


def handle(record: StreamRecord) -> None:
    """Carry out the next slice of a shard, or check an association.

    Any other record, and one that is late, changes nothing.
    """
    item = record.new
    if item is None:
        return
    if item["type"] == "association":
        orphans.check([item])
    elif item.get("working"):
        worker.advance(cast("Shard", item))


def check_together(records: Iterable[StreamRecord]) -> None:
    """Check all associations of a batch, reading their parents at once."""
    orphans.check(each.item for each in records if each.item["type"] == "association")
