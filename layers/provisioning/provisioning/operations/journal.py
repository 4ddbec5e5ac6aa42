"""The journal of operations: which links each of their transactions has moved, from where to where.

Each transaction that moves links writes an item of the journal with them, so what it tells is what
happened. The audit is made of it, it shows the outcome for each link, and an operation is undone by
it. It is kept for as long as an operation can be undone.

The links of one transaction have most of their text in common, so they are packed: a few dozen take
about a kilobyte, which is what DynamoDB bills a write by.
"""

import base64
import json
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from provisioning.core import config
from provisioning.core.clock import in_days, now
from provisioning.core.errors import InvalidError
from provisioning.table import dynamodb, keys
from provisioning.table.dynamodb import Item

MOVED = "MOVED"
"""The link was moved."""
MERGED = "MERGED"
"""The same link was there already, and the two are one now."""
CHANGED = "CHANGED"
"""It was left alone: it no longer stands as the operation that is undone has left it."""
PARENT_GONE = "PARENT_GONE"
"""It was left alone: the application or the entity that it would go back to is gone."""
UNLINKED = "UNLINKED"
"""The link was removed."""
RESTORED = "RESTORED"
"""The link was removed by the operation that is undone, and exists again."""
OUTCOMES = (MOVED, MERGED, CHANGED, PARENT_GONE, UNLINKED, RESTORED)
EXAMINED = 200
"""Items of the journal that one request reads at most: about 10,000 links."""
_READ = 20
MARGIN_DAYS = 2
"""How much longer the journal is kept than operations can be undone: an undo takes its time."""

Place = dict[str, str]
"""The five members that identify an association; no ``entityId`` for none."""

_MEMBERS = ("resourceType", "channel", "applicationId", "resourceId", "entityId")
_MARKS = ("applicationGeneration", "entityGeneration")


@dataclass(frozen=True)
class Entry:
    """What became of one link.

    Attributes:
        before: The association as it was.
        after: What it became, or should have become; the same where it was removed or restored.
        outcome: One of ``OUTCOMES``.
        made_by: The ``creationId`` that the link had, or had before it was first undone.
        marks: The generations of its parents that it remembered.
        shares: Its ``shares`` (see ``moves``), None for none.
        left: The ``creationId`` of the association that stands for it at ``after`` since.
    """

    before: Place
    after: Place
    outcome: str
    made_by: str
    marks: dict[str, str]
    shares: int | None
    left: str

    @property
    def was_moved(self) -> bool:
        """Whether anything was written for it."""
        return self.outcome in {MOVED, MERGED, UNLINKED, RESTORED}

    def packed(self) -> list[Any]:
        """Return it as a row."""
        return [
            *(self.before[member] for member in _MEMBERS[:3]),
            *(self.before.get(member) for member in _MEMBERS[3:]),
            *(self.after.get(member) for member in ("applicationId", "entityId")),
            self.outcome,
            self.made_by,
            *(self.marks.get(name) for name in _MARKS),
            self.shares,
            self.left,
        ]

    @classmethod
    def unpacked(cls, row: list[Any]) -> "Entry":
        """Return the entry that a row stands for."""
        before = dict(zip(_MEMBERS, row[:5], strict=True))
        after = before | {"applicationId": row[5], "entityId": row[6]}
        marks = dict(zip(_MARKS, row[9:11], strict=True))
        return cls(
            _without_none(before),
            _without_none(after),
            outcome=row[7],
            made_by=row[8],
            marks=_without_none(marks),
            shares=row[11],
            left=row[12],
        )


def _without_none(members: dict[str, Any]) -> dict[str, str]:
    return {name: value for name, value in members.items() if value is not None}


def item(work: Item, step: int, entries: Iterable[Entry]) -> Item:
    """Return the item of the journal that tells of one transaction.

    Args:
        work: The piece of work that it belongs to.
        step: Which of its steps the transaction is.
        entries: What became of the links.
    """
    rows = json.dumps([entry.packed() for entry in entries], ensure_ascii=False).encode()
    key = keys.journal_entry(work["accountId"], keys.piece_id(dynamodb.key_of(work)), step)
    return dynamodb.key_attributes(key) | {
        "type": "journal",
        "operationId": work["operationId"],
        "actor": work.get("actor"),
        "requestId": work.get("requestId"),
        "changedAt": now(),
        "links": base64.b85encode(zlib.compress(rows, 9)).decode(),
        "expiresAt": in_days(config.undo_days() + MARGIN_DAYS),
    }


def entries(found: Item) -> Iterator[Entry]:
    """Yield what an item of the journal tells, in the order of the links."""
    for row in json.loads(zlib.decompress(base64.b85decode(found["links"]))):
        yield Entry.unpacked(row)


# --- reading -------------------------------------------------------------------------------------


def page(
    account_id: str, piece_ids: list[str], outcomes: set[str], size: int, cursor: str
) -> tuple[list[Entry], str | None]:
    """Return what became of the links of an operation, and where to go on.

    One request reads at most ``EXAMINED`` items of the journal. A page may so be short, or empty,
    and still have a next one, where few links have the outcome.

    Args:
        account_id: The account.
        piece_ids: The operation's pieces of work, in order.
        outcomes: Which outcomes are asked for.
        size: How many entries at most.
        cursor: Where the last page ended; "" for the first one.

    Raises:
        InvalidError: The cursor is none.
    """
    place = _Place.read(cursor, piece_ids) if cursor else _Place(piece_ids[0], "", 0)
    found: list[Entry] = []
    for examined, (piece_id, item_) in enumerate(_from(account_id, piece_ids, place)):
        if examined == EXAMINED:
            return found, place.text()
        skip = place.skip if (piece_id, item_["SK"]) == (place.piece_id, place.sort) else 0
        for number, entry in enumerate(entries(item_)):
            if number < skip or entry.outcome not in outcomes:
                continue
            if len(found) == size:
                return found, _Place(piece_id, item_["SK"], number).text()
            found.append(entry)
        place = _Place(piece_id, item_["SK"], _ALL)
    return found, None


_ALL = 1000
"""More entries than an item of the journal can have."""


@dataclass(frozen=True)
class _Place:
    """Where a page goes on: the piece of work, the item of its journal, the entries left out."""

    piece_id: str
    sort: str
    skip: int

    def text(self) -> str:
        return f"{self.piece_id}-{self.sort}-{self.skip}"

    @classmethod
    def read(cls, cursor: str, piece_ids: list[str]) -> "_Place":
        match = re.fullmatch(r"([0-9a-f]{24})-([0-9]{10})-([0-9]{1,4})", cursor)
        if match is None or match[1] not in piece_ids:
            raise InvalidError({"cursor": ["must be one that a page has named"]})
        return cls(match[1], match[2], int(match[3]))


def _from(account_id: str, piece_ids: list[str], place: _Place) -> Iterator[tuple[str, Item]]:
    """Yield the items of the journals of pieces from a place on, with the pieces' ids."""
    for piece_id in piece_ids[piece_ids.index(place.piece_id) :]:
        whole = keys.journal(account_id, piece_id)
        first = place.sort if piece_id == place.piece_id and place.sort else None
        for found in dynamodb.slices(whole._replace(first=first), limit=_READ):
            for item_ in found:
                yield piece_id, item_
