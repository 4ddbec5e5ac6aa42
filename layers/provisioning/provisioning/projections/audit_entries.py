"""Audit entries: the meaning of a stream record for a client.

Some changes are described by another item of the same transaction: the deletion of an application
or entity by the operation that it starts, an unlinked association by its tombstone, what an
operation moved by its journal, and the end or return of a sending strategy by a note. The history
of an association is that of its resource: all associations of one number are one history.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from provisioning.accounts import key_secrets
from provisioning.core.clock import seconds_between
from provisioning.core.kinds import DEFAULT_APPLICATION, KINDS
from provisioning.operations import journal_entry
from provisioning.operations.journal_entry import JournalEntry
from provisioning.operations.operation_kinds import OPERATION_KINDS
from provisioning.resources import strategy_items
from provisioning.table.items import Attributes, Item
from provisioning.table.operation_types import JournalItem, Operation
from provisioning.table.sender_types import StoredStrategy, StrategyChange, StrategyItem
from provisioning.table.stream_records import StreamRecord

_ASSOCIATION_MEMBERS = ("resourceType", "channel", "applicationId", "resourceId", "entityId")
_RESOURCE_MEMBERS = ("resourceType", "channel", "resourceId")
_SETTINGS = ("onLinked",)
_API_KEY_MEMBERS = ("name", "scopes", "platform", "until", "rotatedAt", "revokedAt")

_AT_ONCE_SECONDS = 1.0
"""Seconds up to which an item's creation and its last change are the same moment."""

Source = Mapping[str, Any]
"""A stored item with the marks of who changed it."""


@dataclass(frozen=True)
class AuditEntry:
    """One change of one object.

    Attributes:
        action: CREATED, CHANGED, DELETED, LINKED, UNLINKED or MOVED.
        target: The object: its ``type`` and id.
        before: Its state before as clients see it, if it existed.
        after: Its state after as clients see it, if it exists.
        source: The item that stores who did it.
    """

    action: str
    target: Attributes
    before: Attributes | None
    after: Attributes | None
    source: Source


def of(record: StreamRecord) -> Iterator[AuditEntry]:
    """Yield the audit entries of a stream record: one, for a journal item several, or none."""
    if record.new is None:
        return
    read = _READERS.get(record.new["type"])
    if read is not None:
        yield from read(record.old, record.new)


def of_item(item: Item) -> Iterator[AuditEntry]:
    """Yield the entries of the change that an item still shows.

    Of an item that was changed since it was created, the state before is not known.
    """
    changed_at = item["changedAt"]
    was_changed = seconds_between(item.get("createdAt", changed_at), changed_at) > _AT_ONCE_SECONDS
    for entry in _READERS[item["type"]](None, item):
        yield replace(entry, action="CHANGED") if was_changed else entry


def _of_parent(old: Item | None, new: Item) -> Iterator[AuditEntry]:
    kind = KINDS[new["type"]]

    def shown(item: Item) -> Attributes:
        members = {
            kind.id_member: item["id"],
            kind.name_member: item.get("name"),
            "protected": item.get("protected"),
        }
        return {name: value for name, value in members.items() if value is not None}

    before, after = (shown(old) if old else None), shown(new)
    if before != after and "actor" in new:
        target = {"type": kind.name, kind.id_member: new["id"]}
        yield AuditEntry("CREATED" if old is None else "CHANGED", target, before, after, new)


def _of_operation(old: Operation | None, new: Operation) -> Iterator[AuditEntry]:
    if old is not None or not OPERATION_KINDS[new["kind"]].deletes_parent:
        return
    kind = KINDS[new["parentKind"]]
    members = {kind.id_member: new["parentId"], kind.name_member: new.get("parentName")}
    before = {name: value for name, value in members.items() if value is not None}
    target = {"type": kind.name, kind.id_member: new["parentId"]}
    yield AuditEntry("DELETED", target, before, None, new)


def _of_journal(_old: JournalItem | None, new: JournalItem) -> Iterator[AuditEntry]:
    for entry in journal_entry.unpack(new["moves"]):
        if entry.was_moved:
            action, before, after = _sides(entry)
            if before != after:
                yield AuditEntry(action, _resource(entry.before), before, after, new)


def _sides(entry: JournalEntry) -> tuple[str, Attributes | None, Attributes | None]:
    """Return what an operation did with an association: the action, and both of its states."""
    before, after = {**entry.before}, {**entry.after}
    if entry.outcome == journal_entry.UNLINKED:
        return "UNLINKED", before, None
    if entry.outcome == journal_entry.RESTORED:
        return "LINKED", None, after
    if entry.was_kept:
        return "LINKED", None, None if entry.outcome == journal_entry.MERGED else after
    return "MOVED", before, after


def _of_association(old: Item | None, new: Item) -> Iterator[AuditEntry]:
    is_new = old is None or old["creationId"] != new["creationId"]
    if is_new and "actor" in new:
        yield AuditEntry("LINKED", _resource(new), None, _association(new), new)


def _of_association_tombstone(_old: Item | None, new: Item) -> Iterator[AuditEntry]:
    after = None
    if new["action"] == "MOVED":
        after = _association({**new, "applicationId": DEFAULT_APPLICATION, "entityId": None})
    yield AuditEntry(new["action"], _resource(new), _association(new), after, new)


def _of_strategy(old: Item | None, new: StrategyItem) -> Iterator[AuditEntry]:
    if old is None:
        yield AuditEntry("CREATED", _sending_strategy(new), None, _strategy(new), new)


def _of_strategy_change(_old: Item | None, new: StrategyChange) -> Iterator[AuditEntry]:
    shown, was_deleted = _strategy(new), new["action"] == "DELETED"
    before, after = (shown, None) if was_deleted else (None, shown)
    yield AuditEntry(new["action"], _sending_strategy(new), before, after, new)


def _strategy(item: StoredStrategy) -> Attributes:
    return strategy_items.strategy_of(item).members()


def _sending_strategy(item: StoredStrategy) -> Attributes:
    return {"type": "sendingStrategy", "sendingStrategyId": item["id"]}


def _of_api_key(old: Item | None, new: Item) -> Iterator[AuditEntry]:
    def shown(item: Item) -> Attributes:
        members = {name: item[name] for name in _API_KEY_MEMBERS if name in item}
        if "platform" in members:
            members["platform"] = [key_secrets.shown_pair(pair) for pair in item["platform"]]
        return members

    before, after = (shown(old) if old else None), shown(new)
    if before != after:
        action = "CREATED" if old is None else "CHANGED"
        yield AuditEntry(action, {"type": "key", "keyId": new["keyId"]}, before, after, new)


def _of_account(old: Item | None, new: Item) -> Iterator[AuditEntry]:
    def shown(item: Item) -> Attributes:
        settings = {name: item[name] for name in _SETTINGS if name in item}
        return {"limits": item.get("limits", {})} | settings

    if old is not None and shown(old) != shown(new):
        target = {"type": "account", "accountId": new["accountId"]}
        yield AuditEntry("CHANGED", target, shown(old), shown(new), new)


def _association(item: Item) -> Attributes:
    return {name: item[name] for name in _ASSOCIATION_MEMBERS if item.get(name) is not None}


def _resource(item: Mapping[str, str]) -> Attributes:
    return {"type": "association"} | {name: item[name] for name in _RESOURCE_MEMBERS}


_READERS: dict[str, Callable[[Any, Any], Iterator[AuditEntry]]] = {
    "application": _of_parent,
    "entity": _of_parent,
    "operation": _of_operation,
    "journalEntry": _of_journal,
    "association": _of_association,
    "associationTombstone": _of_association_tombstone,
    "sendingStrategy": _of_strategy,
    "strategyChange": _of_strategy_change,
    "apiKey": _of_api_key,
    "account": _of_account,
}
