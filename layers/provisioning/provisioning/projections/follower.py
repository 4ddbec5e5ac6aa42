"""Follows the changes of the table: page directories and the resource's view of associations.

The other consumer of the table's stream is ``resets``. What is written here lags behind the items
by the stream's delay; lists of few items do not rely on it (see ``pages``).

Every association is also listed under its resource, by a copy that is made here: so writing an
association costs a client no more, and a reset moves one item, not two. A copy is made to match
what a consistent read of the association finds, and looked at again after it was written: of two
late or doubled deliveries the last one to look leaves it right.
"""

from collections.abc import Iterable
from typing import NamedTuple

from provisioning.core import identities
from provisioning.core.errors import ThrottledError
from provisioning.core.identities import Identity
from provisioning.paging import recount
from provisioning.resources import associations
from provisioning.table import dynamodb, keys
from provisioning.table.dynamodb import Item
from provisioning.table.keys import Key

TRIES = 20
"""Rounds of copying while associations keep changing, before the records are left to a retry."""

FOLLOWED = {"application", "entity", "association", "entityLink"}
"""Types of the items that page directories count."""


class Change(NamedTuple):
    """What a stream record tells of an item: how it was and how it became; None is absent."""

    old: Item | None
    new: Item | None
    event_id: str = ""

    @property
    def item(self) -> Item:
        """Return the item as it became, or as it was before it went."""
        item = self.new if self.new is not None else self.old
        if item is None:
            raise ValueError("a stream record without images")
        return item


def of_record(record: Item) -> Change:
    """Return what a stream record of the Lambda event tells.

    Args:
        record: One of the event's ``Records``, with new and old images.
    """
    images = record["dynamodb"]
    old, new = images.get("OldImage"), images.get("NewImage")
    return Change(
        None if old is None else dynamodb.decode(old),
        None if new is None else dynamodb.decode(new),
        record.get("eventID", ""),
    )


def follow(changes: Iterable[Change]) -> None:
    """Bring everything that follows the items up to date with a batch of changes.

    Args:
        changes: In any order, any of them repeated.

    Raises:
        ThrottledError, UnavailableError: The table could not be worked with; following the same
            changes again is harmless.
    """
    touched: list[Key] = []
    linked: dict[str, dict[Key, Identity]] = {}
    for change in changes:
        item = change.item
        if item["type"] == "directory":
            recount.build(item)
            continue
        stayed = change.old is not None and change.new is not None
        if stayed or item["type"] not in FOLLOWED:
            continue
        touched.append(dynamodb.key_of(item))
        if item["type"] == "association":
            account_id = keys.account_of(item["PK"])
            linked.setdefault(account_id, {})[dynamodb.key_of(item)] = identities.of(item)
    for account_id, named in linked.items():
        touched += copy_to_resources(account_id, named)
    for partition, sort_keys in recount.by_partition(touched).items():
        recount.touch(partition, sort_keys)


def copy_to_resources(account_id: str, named: dict[Key, Identity]) -> list[Key]:
    """List associations under their resources, or take them off, by whether they stand.

    Args:
        account_id: The account they all belong to.
        named: Associations that may have come or gone, by their own key.

    Returns:
        The keys of all the copies, whether they came or went.

    Raises:
        ThrottledError, UnavailableError: The table could not be worked with.
    """
    copies = {key: associations.resource_link(account_id, named[key]) for key in named}
    pending = set(named)
    standing = set(dynamodb.get_many(pending))
    for _ in range(TRIES):
        dynamodb.write_all(
            puts=[copies[key] for key in pending & standing],
            removals=[dynamodb.key_of(copies[key]) for key in pending - standing],
        )
        looked_again = set(dynamodb.get_many(pending))
        pending = {key for key in pending if (key in standing) != (key in looked_again)}
        if not pending:
            return [dynamodb.key_of(copy) for copy in copies.values()]
        standing = looked_again
    raise ThrottledError
