"""The audit: who changed what, when, and what it was before and after.

Entries are made from the table's stream, so there is one for every change that was committed, and
for no other. A record is delivered at least once. The key of an entry is made from the record's id,
so the second delivery overwrites the entry with itself.

Each entry is stored twice: in the **history** of its object, which one Query reads, and in the
account's **timeline**, which is spread over ``keys.AUDIT_TIMELINES`` partitions.
"""

import hashlib
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING

from provisioning.core import config
from provisioning.core.clock import days_after
from provisioning.projections import audit_entries
from provisioning.projections.audit_entries import AuditEntry
from provisioning.table import items, keys, primary_keys, writes
from provisioning.table.audit_types import AuditItem
from provisioning.table.stream_records import StreamRecord

if TYPE_CHECKING:
    from provisioning.table.primary_keys import Key


def record(records: Iterable[StreamRecord]) -> None:
    """Write the audit entries of stream records.

    Args:
        records: The records, in any order and any number of times.

    Raises:
        ThrottledError, UnavailableError: The table could not be written; it is harmless to record
            the same records again.
    """
    made: dict[Key, AuditItem] = {}
    for each in records:
        for number, entry in enumerate(audit_entries.of(each)):
            for item in _items(entry, f"{each.event_id}-{number:03d}"):
                made[items.key_of(item)] = item
    writes.batch_write(list(made.values()), [])


def write_missing(entries: Iterable[AuditEntry]) -> None:
    """Write entries that no stream record will bring; each has the same key at each call."""
    made: dict[Key, AuditItem] = {}
    for entry in entries:
        for item in _items(entry, _unique_id(entry)):
            made[items.key_of(item)] = item
    writes.batch_write(list(made.values()), [])


def _unique_id(entry: AuditEntry) -> str:
    source = entry.source
    named = json.dumps([source["PK"], source["SK"], entry.target, entry.before, entry.after])
    return hashlib.sha256(named.encode()).hexdigest()[:32]


def _items(entry: AuditEntry, unique_id: str) -> list[AuditItem]:
    source, account_id = entry.source, primary_keys.account_of(entry.source["PK"])
    at: str = source["changedAt"]
    partitions = (
        keys.audit_history(account_id, *entry.target.values()).partition,
        keys.audit_timeline(account_id, unique_id).partition,
    )
    return [
        AuditItem(
            PK=partition,
            SK=f"{at}#{unique_id}",
            type="audit",
            at=at,
            action=entry.action,
            target=entry.target,
            before=entry.before,
            after=entry.after,
            actor=source["actor"],
            requestId=source.get("requestId"),
            operationId=source.get("operationId"),
            expiresAt=days_after(at, config.audit_days()),
        )
        for partition in partitions
    ]
