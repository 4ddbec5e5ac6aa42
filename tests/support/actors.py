"""The actors that write associations in a test, and who handles a stream record."""

from dataclasses import dataclass

from provisioning.core.kinds import KINDS, Kind
from provisioning.table.primary_keys import Key
from tests.support.association_parts import resource
from tests.support.stream import Record, image, key_of


@dataclass(frozen=True)
class Linking:
    """A client that creates an association of a resource."""

    key: Key
    resource: tuple[str, ...]


@dataclass(frozen=True)
class Unlinking:
    """A client that deletes an association."""

    key: Key


@dataclass(frozen=True)
class Resetting:
    """A worker that carries out a reset."""

    operation_id: str
    kind: Kind
    parent_id: str


@dataclass(frozen=True)
class Moving:
    """A worker that carries out another operation, which may move associations anywhere."""

    operation_id: str


@dataclass(frozen=True)
class Checking:
    """A worker that checks an association of a resource for being an orphan."""

    key: Key
    creation_id: str
    resource: tuple[str, ...]


@dataclass(frozen=True)
class Handling:
    """A worker that handles a batch of records."""


@dataclass(frozen=True)
class Other:
    """An actor without permission to write associations."""


Actor = Linking | Unlinking | Resetting | Moving | Checking | Handling | Other


def receiver(record: Record) -> Actor:
    """Return the actor that handles a record."""
    item = image(record, "NewImage")
    assert item is not None
    if item["type"] == "association":
        return Checking(key_of(record), item["creationId"], resource(item))
    if not item["kind"].startswith("DELETE_") or "target" in item:
        return Moving(item["operationId"])
    return Resetting(item["operationId"], KINDS[item["parentKind"]], item["parentId"])
