"""The audit: who changed what, when, and what it was before and after.

Entries are made from the table's stream, so there is one for every change that was committed and
for no other. A record comes at least once; an entry's key is made of the record's own id, so the
second time it is written over itself. Each stands twice: in the **history** of its object, which is
thus one Query, and in the account's **timeline**, spread over ``keys.TIMELINES`` partitions.

What an item's own record cannot tell is told by another item of the same transaction: who deleted
an application or entity by the operation that the delete begins, who unlinked by a ``departure``,
and what an operation moved by its journal, which names the links of each transaction.
The history of an association is that of its resource: all links of one number are one story.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from provisioning.accounts.restrictions import Binding
from provisioning.core import config
from provisioning.core.clock import days_after
from provisioning.core.kinds import DEFAULT_APPLICATION, KINDS
from provisioning.operations import journal
from provisioning.table import dynamodb, keys
from provisioning.table.dynamodb import Item
from provisioning.table.keys import KeyRange

EXAMINED = 2000
"""Entries that one request reads at most, whatever it looks for; the next goes on behind them."""
_CHUNK = 100

_TARGETS = {
    "application": ("applicationId",),
    "entity": ("entityId",),
    "association": ("resourceType", "channel", "resourceId"),
    "key": ("keyId",),
    "account": ("accountId",),
}
"""What names an object of each type, in the order of its history's key."""
_LINK = ("resourceType", "channel", "applicationId", "resourceId", "entityId")
_SETTINGS = ("onLinked",)
_KEY = ("name", "scopes", "platform", "until", "rotatedAt", "revokedAt")


class Change(NamedTuple):
    """What a stream record tells of an item: how it was and how it became; None is absent."""

    old: Item | None
    new: Item | None
    event_id: str


@dataclass(frozen=True)
class Entry:
    """One change of one object.

    Attributes:
        action: What was done: CREATED, CHANGED, DELETED, LINKED, UNLINKED or MOVED.
        target: What it was done to: its ``type`` and id.
        before: What a client saw of it before, if it was there.
        after: What a client sees of it since, if it is there.
        source: The item that remembers who did it.
    """

    action: str
    target: Item
    before: Item | None
    after: Item | None
    source: Item


# --- recording -----------------------------------------------------------------------------------


def record(changes: Iterable[Change]) -> None:
    """Write the entries of a batch of changes.

    Args:
        changes: In any order, any of them repeated.

    Raises:
        ThrottledError, UnavailableError: The table could not be worked with; recording the same
            changes again is harmless.
    """
    made: dict[keys.Key, Item] = {}
    for change in changes:
        for number, entry in enumerate(entries(change)):
            for item in _items(entry, f"{change.event_id}-{number:03d}"):
                made[dynamodb.key_of(item)] = item
    dynamodb.write_all(list(made.values()), [])


def entries(change: Change) -> Iterator[Entry]:
    """Yield what a change is in the audit: mostly one entry, or none."""
    item = change.new or change.old
    read = _READERS.get(item["type"]) if item else None
    if read is not None and change.new is not None:
        yield from read(change.old, change.new)


def _items(entry: Entry, unique_id: str) -> list[Item]:
    source, account_id = entry.source, keys.account_of(entry.source["PK"])
    at: str = source["changedAt"]
    content: Item = {
        "type": "audit",
        "at": at,
        "action": entry.action,
        "target": entry.target,
        "before": entry.before,
        "after": entry.after,
        "actor": source["actor"],
        "requestId": source.get("requestId"),
        "operationId": source.get("operationId"),
        "expiresAt": days_after(at, config.audit_days()),
    }
    places = keys.history(account_id, *entry.target.values()), keys.timeline(account_id, unique_id)
    return [
        dynamodb.key_attributes(keys.Key(place.partition, f"{at}#{unique_id}")) | content
        for place in places
    ]


def _of_parent(old: Item | None, new: Item) -> Iterator[Entry]:
    kind = KINDS[new["type"]]

    def shown(item: Item) -> Item:
        members = {
            kind.id_member: item["id"],
            kind.name_member: item.get("name"),
            "protected": item.get("protected"),
        }
        return {name: value for name, value in members.items() if value is not None}

    before, after = (shown(old) if old else None), shown(new)
    if before != after and "actor" in new:
        target = {"type": kind.name, kind.id_member: new["id"]}
        yield Entry("CREATED" if old is None else "CHANGED", target, before, after, new)


def _of_operation(old: Item | None, new: Item) -> Iterator[Entry]:
    if old is not None or not new["action"].startswith("DELETE_"):
        return
    kind = KINDS[new["parentKind"]]
    before = {kind.id_member: new["parentId"], kind.name_member: new.get("parentName")}
    target = {"type": kind.name, kind.id_member: new["parentId"]}
    shown = {name: value for name, value in before.items() if value is not None}
    yield Entry("DELETED", target, shown, None, new)


def _of_journal(_old: Item | None, new: Item) -> Iterator[Entry]:
    for entry in journal.entries(new):
        if entry.was_moved:
            action, before, after = _sides(entry)
            yield Entry(action, _resource(entry.before), before, after, new)


def _sides(entry: journal.Entry) -> tuple[str, Item | None, Item | None]:
    """Return what happened to a link of an operation, and how it was before and after."""
    if entry.outcome == journal.UNLINKED:
        return "UNLINKED", entry.before, None
    if entry.outcome == journal.RESTORED:
        return "LINKED", None, entry.after
    return "MOVED", entry.before, entry.after


def _of_association(old: Item | None, new: Item) -> Iterator[Entry]:
    made_anew = old is None or old["creationId"] != new["creationId"]
    if made_anew and "actor" in new:
        yield Entry("LINKED", _resource(new), None, _link(new), new)


def _of_departure(_old: Item | None, new: Item) -> Iterator[Entry]:
    after: Item | None = None
    if new["action"] == "MOVED":
        after = _link(new) | {"applicationId": DEFAULT_APPLICATION}
        after.pop("entityId", None)
    yield Entry(new["action"], _resource(new), _link(new), after, new)


def _of_key(old: Item | None, new: Item) -> Iterator[Entry]:
    def shown(item: Item) -> Item:
        return {name: item[name] for name in _KEY if name in item}

    before, after = (shown(old) if old else None), shown(new)
    if before != after:
        action = "CREATED" if old is None else "CHANGED"
        yield Entry(action, {"type": "key", "keyId": new["keyId"]}, before, after, new)


def _of_account(old: Item | None, new: Item) -> Iterator[Entry]:
    def shown(item: Item) -> Item:
        settings = {name: item[name] for name in _SETTINGS if name in item}
        return {"limits": item.get("limits", {})} | settings

    if old is not None and shown(old) != shown(new):
        target = {"type": "account", "accountId": new["accountId"]}
        yield Entry("CHANGED", target, shown(old), shown(new), new)


def _link(item: Item) -> Item:
    return {member: item[member] for member in _LINK if item.get(member) is not None}


def _resource(item: Mapping[str, str]) -> Item:
    members = ("resourceType", "channel", "resourceId")
    return {"type": "association"} | {member: item[member] for member in members}


_READERS: dict[str, Callable[[Item | None, Item], Iterator[Entry]]] = {
    "application": _of_parent,
    "entity": _of_parent,
    "operation": _of_operation,
    "journal": _of_journal,
    "association": _of_association,
    "departure": _of_departure,
    "key": _of_key,
    "account": _of_account,
}


# --- reading -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sought:
    """Which entries are wanted, newest first.

    Attributes:
        target: Members that its ``target`` must have; none for all objects.
        actor: Who did it; None for anybody.
        since: The moment from which on, as ``clock.text`` writes it; "" for any.
        until: The moment up to which; "" for any.
        size: How many at most.
        cursor: Where the last page ended; "" for the first one.
    """

    target: Mapping[str, str]
    actor: str | None
    since: str
    until: str
    size: int
    cursor: str


def page(
    account_id: str, sought: Sought, binding: Binding, *, keys_too: bool
) -> tuple[list[Item], str | None]:
    """Return entries, newest first, and where to go on.

    One request reads at most ``EXAMINED`` entries. A page may so be short, or empty, and still
    have a next one, where few entries are of the actor or of what the key is bound to.

    Args:
        account_id: The account.
        sought: Which entries.
        binding: What the key that asks is bound to.
        keys_too: Whether it may see what was done to keys and to the account.

    Raises:
        ThrottledError, UnavailableError: The table could not be read.
    """
    read = [_read(place, sought) for place in _places(account_id, sought.target)]
    newest_first = heapq.merge(*read, key=lambda item: str(item["SK"]), reverse=True)
    found: list[Item] = []
    last: str | None = None
    examined = 0
    for item in islice(newest_first, EXAMINED):
        examined += 1
        last = item["SK"]
        if _is_of(sought, item) and _is_open_to(binding, item, keys_too=keys_too):
            found.append(item)
        if len(found) == sought.size:
            break
    ended = examined < EXAMINED and len(found) < sought.size
    return found, None if ended or last is None else _cursor(last)


def _places(account_id: str, target: Mapping[str, str]) -> list[KeyRange]:
    """Return where the entries stand that may be of a target with these members."""
    types = [name for name, members in _TARGETS.items() if target.keys() <= set(members)]
    if not types:  # No change is of two objects.
        return []
    members = _TARGETS[types[0]]
    if len(target) < len(members) or len(types) > 1:
        return keys.timelines(account_id)
    return [keys.history(account_id, types[0], *(target[member] for member in members))]


def _read(place: KeyRange, sought: Sought) -> Iterator[Item]:
    """Yield a partition's entries, newest first, a few at a time."""
    before = _sort_key(sought.cursor)
    # "$" is the character after the "#" that stands between moment and id.
    last = min(before or "~", f"{sought.until or '~'}$")
    if last < sought.since:  # DynamoDB refuses to look between bounds in the wrong order.
        return
    within = place._replace(first=sought.since or None, last=last)
    after: str | None = None
    while True:
        part = dynamodb.query(within, after=after, limit=_CHUNK, backwards=True)
        yield from (item for item in part.items if item["SK"] != before)
        if part.last is None:
            return
        after = part.last


def _is_of(sought: Sought, item: Item) -> bool:
    named = all(item["target"].get(member) == value for member, value in sought.target.items())
    return named and sought.actor in {None, item["actor"]}


def _is_open_to(binding: Binding, item: Item, *, keys_too: bool) -> bool:
    target = item["target"]
    if target["type"] in {"key", "account"}:
        return keys_too
    if target["type"] == "association":
        sides = (item[side] for side in ("before", "after") if side in item)
        return any(binding.covers(side["applicationId"], side.get("entityId")) for side in sides)
    kind = KINDS[target["type"]]
    return binding.sees(kind, target[kind.id_member])


def shown(item: Item) -> Item:
    """Return what a client sees of an entry."""
    members = ("at", "action", "target", "before", "after", "actor", "requestId", "operationId")
    return {member: item[member] for member in members if member in item}


def _cursor(sort_key: str) -> str:
    return sort_key.replace("#", "_")


def _sort_key(cursor: str) -> str:
    return cursor.replace("_", "#")
