"""Stream records of changes that a test makes up."""

from provisioning.table import items
from provisioning.table.items import Item
from provisioning.table.stream_records import StreamRecord


def change(old: Item | None, new: Item | None) -> StreamRecord:
    """Return the stream record of a change; None is an item that does not exist."""
    images = {"OldImage": old, "NewImage": new}
    encoded = {name: items.encode(item) for name, item in images.items() if item is not None}
    return StreamRecord({"eventID": "event", "dynamodb": encoded})
