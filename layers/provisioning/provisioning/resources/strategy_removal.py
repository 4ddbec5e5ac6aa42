"""Removes the sending strategies of a deleted application or entity, and restores them.

A removed strategy no longer counts among those of its platform. Its own item stays, with the ids of
the operations that removed it, for as long as these can be undone. A strategy of an application and
an entity that are both deleted comes back when both deletions are undone.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal, cast

from provisioning.core import config
from provisioning.core.clock import in_days
from provisioning.core.kinds import Kind
from provisioning.core.origins import Origin
from provisioning.resources import strategy_items, strategy_store
from provisioning.table import items, reads, sender_keys, writes
from provisioning.table.item_types import ParentItem
from provisioning.table.operation_types import Operation
from provisioning.table.retries import BACKGROUND_ATTEMPTS, retry_on_conflict
from provisioning.table.sender_types import StrategyItem


@dataclass(frozen=True)
class Cause:
    """Why strategies are removed or restored."""

    operation_id: str
    origin: Origin


def cause_of(operation: Operation) -> Cause:
    """Return an operation as the cause of what it does to strategies."""
    origin = Origin(operation["actor"], operation.get("requestId"))
    return Cause(operation["operationId"], origin)


def count(account_id: str, kind: Kind, parent: ParentItem) -> int:
    """Return how many strategies the deletion of an application or entity would remove."""
    generations = items.generations_of(parent)
    found = strategy_store.present_items(account_id)
    return sum(_is_of(item, kind, parent["id"], generations) for item in found)


def _is_of(item: StrategyItem, kind: Kind, identifier: str, generations: Collection[str]) -> bool:
    """Return whether a strategy is of an application or entity, and not of a namesake of it."""
    stored = cast("Mapping[str, str]", item).get(f"{kind.name}Generation")
    is_of_present = stored in generations or identifier in kind.built_in
    return item.get(kind.id_member) == identifier and is_of_present


def remove(
    account_id: str,
    kind: Kind,
    identifier: str,
    generations: Collection[str],
    cause: Cause,
) -> None:
    """Remove the strategies of a deleted application or entity. Harmless if it is done twice.

    Args:
        account_id: The account.
        kind: Whether an application or an entity was deleted.
        identifier: Its id.
        generations: Its generation and former ones: strategies of a successor with the same id
            stay.
        cause: The operation that carries the deletion out.
    """
    for item in reads.query_all(sender_keys.strategies(account_id)):
        if _is_of(item, kind, identifier, generations):
            _set_removed_by(account_id, item["id"], cause.operation_id, cause, is_removed=True)


def restore(account_id: str, removed_by: str, cause: Cause) -> None:
    """Restore the strategies that an operation removed. Harmless if it is done twice."""
    for item in reads.query_all(sender_keys.strategies(account_id)):
        if removed_by in (item.get("removedBy") or ()):
            _set_removed_by(account_id, item["id"], removed_by, cause, is_removed=False)


def _set_removed_by(
    account_id: str, strategy_id: str, operation_id: str, cause: Cause, *, is_removed: bool
) -> None:
    """Add an operation to those that removed a strategy, or take it away."""

    def attempt() -> None:
        item = reads.get(sender_keys.strategy(account_id, strategy_id))
        if item is None:
            return
        before = item.get("removedBy") or []
        after = sorted({*before, operation_id} if is_removed else {*before} - {operation_id})
        if after != before:
            _write(account_id, item, after, cause)

    retry_on_conflict(attempt, attempts=BACKGROUND_ATTEMPTS)


def _write(account_id: str, item: StrategyItem, removed_by: list[str], cause: Cause) -> None:
    """Write which operations removed a strategy, and put it among its platform's or take it out."""
    present = strategy_items.of_platform(account_id, strategy_items.platform_of(item))
    strategies = [one for one in present["strategies"] if one["id"] != item["id"]]
    content = strategy_items.content_of(item)
    if not removed_by:
        strategies.append(content)
    changes = {
        "removedBy": removed_by or None,
        "expiresAt": in_days(config.undo_days() + 1) if removed_by else None,
    }
    planned = [
        writes.update(items.key_of(item), changes, removedBy=item.get("removedBy")),
        strategy_items.replacing(present, strategies),
    ]
    # A strategy that another operation removed too comes and goes only once.
    if not removed_by or "removedBy" not in item:
        action: Literal["CREATED", "DELETED"] = "DELETED" if removed_by else "CREATED"
        planned.append(
            strategy_items.change(account_id, action, content, cause.origin, cause.operation_id)
        )
    writes.transact(planned)
