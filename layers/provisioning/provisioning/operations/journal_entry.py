"""Journal entries: what became of one association, and their packed form.

The entries of one transaction have most of their text in common, so they are compressed: a few
dozen take about a kilobyte, which is the unit that DynamoDB bills a write by.
"""

import base64
import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

MOVED = "MOVED"
"""The association was moved."""
MERGED = "MERGED"
"""The same association existed at the target; the two are now one."""
CHANGED = "CHANGED"
"""Not moved: it has changed since the operation that is undone."""
PARENT_GONE = "PARENT_GONE"
"""Not moved: its former application or entity no longer exists."""
UNLINKED = "UNLINKED"
"""Deleted by the operation."""
RESTORED = "RESTORED"
"""Created again: the operation that is undone had deleted it."""
OUTCOMES = (MOVED, MERGED, CHANGED, PARENT_GONE, UNLINKED, RESTORED)

Members = dict[str, str]
"""The five members that identify an association; without ``entityId`` if it has no entity."""

_MEMBERS = ("resourceType", "channel", "applicationId", "resourceId", "entityId")
_GENERATIONS = ("applicationGeneration", "entityGeneration")
_ALWAYS = 13
"""Elements of a row, without the one that only some entries have."""


@dataclass(frozen=True)
class JournalEntry:
    """What became of one association.

    Attributes:
        before: The association as it was.
        after: What it became, or should have become; the same if it was deleted or restored.
        outcome: One of ``OUTCOMES``.
        made_by: The ``creationId`` that it had, or had before it was first moved back.
        generations: The generations of its parents that it stored.
        shares: Its ``shares`` (see ``move_transaction``); None if it had none.
        left: The ``creationId`` of the association at ``after`` since then; "" if it was not moved.
        was_kept: Whether the association at ``before`` still exists: an undo took one share of it,
            and others are left.
    """

    before: Members
    after: Members
    outcome: str
    made_by: str
    generations: dict[str, str]
    shares: int | None
    left: str
    was_kept: bool = False

    @property
    def was_moved(self) -> bool:
        """Whether anything was written for the association."""
        return self.outcome in {MOVED, MERGED, UNLINKED, RESTORED}


def pack(entries: Iterable[JournalEntry]) -> str:
    """Return entries in their stored form."""
    rows = json.dumps([_row(entry) for entry in entries], ensure_ascii=False).encode()
    return base64.b85encode(zlib.compress(rows, 9)).decode()


def unpack(packed: str) -> Iterator[JournalEntry]:
    """Yield the entries of a stored form, in order."""
    for row in json.loads(zlib.decompress(base64.b85decode(packed))):
        yield _entry(row)


def _row(entry: JournalEntry) -> list[Any]:
    return [
        *(entry.before.get(member) for member in _MEMBERS),
        *(entry.after.get(member) for member in ("applicationId", "entityId")),
        entry.outcome,
        entry.made_by,
        *(entry.generations.get(name) for name in _GENERATIONS),
        entry.shares,
        entry.left,
        *([True] if entry.was_kept else []),
    ]


def _entry(row: list[Any]) -> JournalEntry:
    before = dict(zip(_MEMBERS, row[:5], strict=True))
    after = before | {"applicationId": row[5], "entityId": row[6]}
    generations = dict(zip(_GENERATIONS, row[9:11], strict=True))
    return JournalEntry(
        _without_none(before),
        _without_none(after),
        outcome=row[7],
        made_by=row[8],
        generations=_without_none(generations),
        shares=row[11],
        left=row[12],
        was_kept=len(row) > _ALWAYS,
    )


def _without_none(members: dict[str, Any]) -> dict[str, str]:
    return {name: value for name, value in members.items() if value is not None}
