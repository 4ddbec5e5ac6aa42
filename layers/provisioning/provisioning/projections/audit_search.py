"""Searching the audit: entries of one object, by one actor, within a time, or all."""

import heapq
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from provisioning.accounts.principals import KEYS, Principal
from provisioning.accounts.restrictions import Binding
from provisioning.core import ids
from provisioning.core.kinds import KINDS
from provisioning.table import keys, reads
from provisioning.table.audit_types import AuditItem
from provisioning.table.items import Item
from provisioning.table.primary_keys import KeyRange

EXAMINED = 1000
"""Entries that one request reads at most, about 90 read units; the next goes on after them."""

_READ_AT_ONCE = 100
_TARGETS = {
    "application": ("applicationId",),
    "entity": ("entityId",),
    "association": ("resourceType", "channel", "resourceId"),
    "sendingStrategy": ("sendingStrategyId",),
    "key": ("keyId",),
    "account": ("accountId",),
}
"""The members that identify an object of each type, in the order of its history's key."""
_SHOWN = ("at", "action", "target", "before", "after", "actor", "requestId", "operationId")


@dataclass(frozen=True)
class AuditFilter:
    """Which entries to return, newest first.

    Attributes:
        target: Members that the target must have; empty for all objects.
        actor: Who did it; None for anybody.
        since: The earliest moment, as ``clock.text`` writes it; "" for any.
        until: The latest moment; "" for any.
        size: How many entries at most.
        cursor: The cursor of the page before; "" for the first page.
    """

    target: Mapping[str, str]
    actor: str | None
    since: str
    until: str
    size: int
    cursor: str


def page(principal: Principal, audit_filter: AuditFilter) -> tuple[list[AuditItem], str | None]:
    """Return one page of entries, newest first.

    One request reads at most ``EXAMINED`` entries. If few of them match, or few are visible to the
    API key, a page can be short or even empty and still have a next one.

    Args:
        principal: The API key of the request, which sees only some entries.
        audit_filter: Which entries.

    Returns:
        The entries, and the cursor of the next page; None if this is the last page.
    """
    ranges = _ranges(principal.account_id, audit_filter.target)
    newest_first = heapq.merge(
        *(_read(each, audit_filter) for each in ranges), key=lambda item: item["SK"], reverse=True
    )
    found: list[AuditItem] = []
    last: str | None = None
    examined = 0
    for item in islice(newest_first, EXAMINED):
        examined += 1
        last = item["SK"]
        if _matches(audit_filter, item, principal) and _is_visible(principal, item):
            found.append(item)
        if len(found) == audit_filter.size:
            break
    is_last = examined < EXAMINED and len(found) < audit_filter.size
    return found, None if is_last or last is None else _cursor(last)


def _ranges(account_id: str, target: Mapping[str, str]) -> list[KeyRange[AuditItem]]:
    """Return where entries can be whose target has some members."""
    types = [name for name, members in _TARGETS.items() if target.keys() <= set(members)]
    if not types:  # No change has two objects.
        return []
    members = _TARGETS[types[0]]
    if len(target) < len(members) or len(types) > 1:
        return keys.audit_timelines(account_id)
    return [keys.audit_history(account_id, types[0], *(target[member] for member in members))]


def _read(key_range: KeyRange[AuditItem], audit_filter: AuditFilter) -> Iterator[AuditItem]:
    """Yield the entries of a partition, newest first, reading a few at a time."""
    before = _sort_key(audit_filter.cursor)
    # "$" is the character after the "#" between moment and id.
    last = min(before or "~", f"{audit_filter.until or '~'}$")
    if last < audit_filter.since:  # DynamoDB refuses bounds in the wrong order.
        return
    within = key_range._replace(first=audit_filter.since or None, last=last)
    for items in reads.query_pages(within, _READ_AT_ONCE, backwards=True):
        yield from (item for item in items if item["SK"] != before)


def _matches(audit_filter: AuditFilter, item: AuditItem, principal: Principal) -> bool:
    target = audit_filter.target.items()
    has_target = all(item["target"].get(member) == value for member, value in target)
    return has_target and audit_filter.actor in {None, principal.seen(item["actor"])}


def _is_visible(principal: Principal, item: AuditItem) -> bool:
    target, binding = item["target"], principal.binding
    if target["type"] in {"key", "account"}:
        return principal.may(KEYS)
    if target["type"] == "association":
        sides = (side for side in (item.get("before"), item.get("after")) if side is not None)
        return any(_covers(binding, side, _decided_at(item)) for side in sides)
    if target["type"] == "sendingStrategy":
        strategy = item.get("before") or item.get("after") or {}
        platform = strategy.get("platform", {})
        parents = platform.get("applicationId"), platform.get("entityId")
        return binding.covers_all(*parents, _decided_at(item))
    kind = KINDS[target["type"]]
    return binding.saw(kind, target[kind.id_member], _decided_at(item))


def shown(item: AuditItem, principal: Principal) -> Item:
    """Return what an API key sees of an entry: of an association only the sides that it covers."""
    hidden: set[str] = set()
    if item["target"]["type"] == "association":
        sides = {"before": item.get("before"), "after": item.get("after")}
        hidden = {
            name
            for name, side in sides.items()
            if side and not _covers(principal.binding, side, _decided_at(item))
        }
    names = set(_SHOWN) - hidden
    entry = {name: value for name, value in item.items() if name in names and value is not None}
    return entry | {"actor": principal.seen(item["actor"])}


def _decided_at(item: AuditItem) -> str:
    """Return when a change was requested: an operation can still work after a later change."""
    operation_id = item.get("operationId")
    return ids.made_at(operation_id) if operation_id else item["at"]


def _covers(binding: Binding, side: Mapping[str, Any], at: str) -> bool:
    return binding.covered(side["applicationId"], side.get("entityId"), at)


def _cursor(sort_key: str) -> str:
    return sort_key.replace("#", "_")


def _sort_key(cursor: str) -> str:
    return cursor.replace("_", "#")
