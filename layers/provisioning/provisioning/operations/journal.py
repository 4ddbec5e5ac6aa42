"""The journal of operations: what each of their transactions moved, from where to where.

Each transaction that moves associations also writes a journal item, so the journal is exact. The
audit reads it, clients list the outcome of each association from it, and an undo reverses it. It is
kept for as long as the operation can be undone.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from provisioning.core import config
from provisioning.core.clock import in_days, now
from provisioning.core.errors import InvalidError
from provisioning.operations import journal_entry
from provisioning.operations.journal_entry import JournalEntry
from provisioning.table import items, operation_keys, reads
from provisioning.table.items import Item
from provisioning.table.operation_types import JournalItem, Shard

EXAMINED = 200
"""Journal items that one request reads at most: about 10,000 associations."""
MARGIN_DAYS = 2
"""Days that the journal is kept longer than operations can be undone: an undo takes its time."""
_READ = 20
_ALL = 1000
"""More entries than a journal item can have."""


def new_item(shard: Shard, revision: int, entries: Iterable[JournalEntry]) -> JournalItem:
    """Return the journal item of one transaction."""
    shard_id = operation_keys.shard_id(items.key_of(shard))
    key = operation_keys.journal_entry(shard["accountId"], shard_id, revision)
    return JournalItem(
        PK=key.partition,
        SK=key.sort,
        type="journalEntry",
        operationId=shard["operationId"],
        actor=shard.get("actor"),
        requestId=shard.get("requestId"),
        changedAt=now(),
        moves=journal_entry.pack(entries),
        expiresAt=in_days(config.undo_days() + MARGIN_DAYS),
    )


# --- reading -------------------------------------------------------------------------------------


def page(
    account_id: str, shard_ids: list[str], outcomes: set[str], size: int, cursor: str
) -> tuple[list[JournalEntry], str | None]:
    """Return one page of what became of the associations of an operation.

    One request reads at most ``EXAMINED`` journal items. If few entries have the outcome, a page
    can be short or even empty and still have a next one.

    Args:
        account_id: The account.
        shard_ids: The shards of the operation, in order.
        outcomes: Which outcomes to return.
        size: How many entries at most.
        cursor: The cursor of the page before; "" for the first page.

    Returns:
        The entries, and the cursor of the next page; None if this is the last page.

    Raises:
        InvalidError: The cursor is malformed, or of another operation.
    """
    position = _Position.parse(cursor, shard_ids) if cursor else _Position(shard_ids[0], "", 0)
    found: list[JournalEntry] = []
    for examined, (shard_id, item) in enumerate(_from(account_id, shard_ids, position)):
        if examined == EXAMINED:
            return found, position.text()
        here = (shard_id, item["SK"]) == (position.shard_id, position.sort)
        skip = position.skip if here else 0
        for number, entry in enumerate(journal_entry.unpack(item["moves"])):
            if number < skip or entry.outcome not in outcomes:
                continue
            if len(found) == size:
                return found, _Position(shard_id, item["SK"], number).text()
            found.append(entry)
        position = _Position(shard_id, item["SK"], _ALL)
    return found, None


@dataclass(frozen=True)
class _Position:
    """Where a page begins: a shard, an item of its journal, and the number of entries to skip."""

    shard_id: str
    sort: str
    skip: int

    def text(self) -> str:
        return f"{self.shard_id}-{self.sort}-{self.skip}"

    @classmethod
    def parse(cls, cursor: str, shard_ids: list[str]) -> "_Position":
        match = re.fullmatch(r"([0-9a-f]{24})-([0-9]{10})-([0-9]{1,4})", cursor)
        if match is None or match[1] not in shard_ids:
            raise InvalidError({"cursor": ["must be one that a page has named"]})
        return cls(match[1], match[2], int(match[3]))


def _from(account_id: str, shard_ids: list[str], position: _Position) -> Iterator[tuple[str, Item]]:
    """Yield the journal items of shards from a position on, each with its shard's id."""
    for shard_id in shard_ids[shard_ids.index(position.shard_id) :]:
        whole = operation_keys.journal(account_id, shard_id)
        first = position.sort if shard_id == position.shard_id and position.sort else None
        for found in reads.query_pages(whole._replace(first=first), limit=_READ):
            for item in found:
                yield shard_id, item
