"""The audit check: whether the audit has an entry for each change that the items still show.

Items show who changed them last, journals what operations moved, tombstones what clients unlinked.
Only changes of an account's settings and limits leave no such trace.
An entry that is missing although the stream has forgotten its record is written from the item. A
younger one may still come, so it is only counted.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from provisioning.core.clock import seconds_since
from provisioning.core.kinds import KINDS
from provisioning.operations import lookup
from provisioning.projections import audit, audit_entries
from provisioning.projections.audit_entries import AuditEntry
from provisioning.table import keys, operation_keys, primary_keys, reads
from provisioning.table.items import Item

STREAM_SECONDS = 25 * 3600.0
"""Seconds after which the stream has forgotten a record (24 hours), with a margin."""
SETTLE_SECONDS = 600.0
"""Seconds that an entry is given to be written before it counts as missing."""
CHECKED_DAYS = 7
"""Days back to which the daily check looks: longer than the stream keeps a record."""

_DAY_SECONDS = 24 * 3600
_STATES = {*KINDS, "apiKey"}
"""Types of items whose entries show their whole state."""


class AuditDifferences(NamedTuple):
    """What the audit of an account lacks.

    Attributes:
        awaited: Missing entries that the stream can still bring.
        written: Missing entries that were written from the items.
    """

    awaited: int
    written: int


def complete(account_id: str, days: int = CHECKED_DAYS) -> AuditDifferences:
    """Write the entries that the audit of an account lacks and the stream will not bring.

    Raises:
        ThrottledError, UnavailableError: The table could not be read or written; what was written
            remains.
    """
    awaited = written = 0
    for item in _sources(account_id):
        moment = item.get("changedAt")
        if moment is None or not SETTLE_SECONDS < seconds_since(moment) < days * _DAY_SECONDS:
            continue
        missing = [entry for entry in audit_entries.of_item(item) if not _has(account_id, entry)]
        if seconds_since(moment) < STREAM_SECONDS:
            awaited += len(missing)
        elif missing:
            audit.write_missing(missing)
            written += len(missing)
    return AuditDifferences(awaited, written)


def _sources(account_id: str) -> Iterator[Item]:
    """Yield all items of an account that show a change."""
    for kind in KINDS.values():
        yield from reads.query_all(keys.parents(account_id, kind))
    yield from reads.query_all(keys.associations(account_id))
    yield from reads.query_all(keys.api_keys(account_id))
    for tombstones in keys.association_tombstones(account_id):
        yield from reads.query_all(tombstones)
    for operation in reads.query_all(operation_keys.operations(account_id)):
        yield {**operation}
        for shard_id in lookup.shard_ids(operation):
            yield from _all(reads.query_all(operation_keys.journal(account_id, shard_id)))


def _all(found: Iterable[object]) -> Iterator[Item]:
    for item in found:
        yield dict(item)  # type: ignore[call-overload]


def _has(account_id: str, entry: AuditEntry) -> bool:
    """Return whether an entry is in the history of its object.

    A change that changes nothing has no entry, so it is enough if the newest entry shows the
    present state.
    """
    history = keys.audit_history(account_id, *entry.target.values())
    if entry.source["type"] in _STATES:
        newest = reads.query(history, limit=1, backwards=True).items
        if newest and newest[0].get("after") == entry.after:
            return True
    within = primary_keys.under(history.partition, entry.source["changedAt"])
    return any(
        entry.source["type"] != "journalEntry"
        or (found.get("before"), found.get("after")) == (entry.before, entry.after)
        for found in reads.query_all(within)
    )
