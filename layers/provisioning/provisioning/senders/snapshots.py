"""What choosing a sender needs of a platform, read in one call and kept for a second."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, cast

from provisioning.core.kinds import APPLICATION, DEFAULT_APPLICATION, ENTITY
from provisioning.resources import strategy_items
from provisioning.resources.sending_strategies import Platform, Strategy
from provisioning.resources.strategy_items import Parent
from provisioning.senders import pools
from provisioning.senders.selection import Candidates, Selection, Sender, candidates
from provisioning.table import keys, reads, sender_keys
from provisioning.table.item_types import ParentItem
from provisioning.table.primary_keys import Key
from provisioning.table.sender_types import PlatformStrategies, PoolItem

KEPT_SECONDS = 1.0
"""How long a process uses what it has read of a platform (wall-clock time)."""
KEPT_PLATFORMS = 100
"""Platforms that a process keeps."""

Reason = Literal[
    "REQUESTED",
    "STRATEGY",
    "NO_STRATEGY",
    "EMPTY_POOL",
    "APPLICATION_NOT_FOUND",
    "ENTITY_NOT_FOUND",
]
"""Why a sender was chosen, or why there is none."""


@dataclass
class Snapshot:
    """What was read of a platform.

    Attributes:
        missing: The reason why it has no senders, if its application or entity does not exist.
        strategies: The strategies that may apply.
        pool: Its senders.
        read_at: When it was read (seconds since 1970).
        selections: Pool and strategy together, by the strategy's id.
    """

    missing: Reason | None
    strategies: list[Strategy]
    pool: Candidates
    read_at: float
    selections: dict[str, Selection] = field(default_factory=dict)

    def selection(self, strategy: Strategy) -> Selection:
        """Return the pool with a strategy."""
        if strategy.strategy_id not in self.selections:
            self.selections[strategy.strategy_id] = Selection(self.pool, strategy)
        return self.selections[strategy.strategy_id]


_snapshots: dict[tuple[str, Platform, str], Snapshot] = {}


def of_platform(account_id: str, platform: Platform, channel: str) -> Snapshot:
    """Return what is known of a platform, read again once it is ``KEPT_SECONDS`` old."""
    named = (account_id, platform, channel)
    known = _snapshots.get(named)
    if known is None or not 0 <= time.time() - known.read_at < KEPT_SECONDS:
        if len(_snapshots) >= KEPT_PLATFORMS:
            _snapshots.clear()
        known = _snapshots[named] = _read(account_id, platform, channel)
    return known


def _read(account_id: str, platform: Platform, channel: str) -> Snapshot:
    began = time.time()
    parent_keys = _parent_keys(account_id, platform)
    strategy_keys = [
        sender_keys.platform_strategies(account_id, application, entity)
        for application in {platform.application_id, None}
        for entity in {platform.entity_id, None}
    ]
    pool_key = pools.key(account_id, platform, channel)
    wanted: list[Key] = [*parent_keys, *strategy_keys, pool_key]
    found = reads.batch_get(wanted, consistent=False)
    present = {parent_keys[key]: found[key] for key in parent_keys if key in found}
    strategies = [
        strategy
        for key in strategy_keys
        for strategy in strategy_items.live(
            cast("PlatformStrategies | None", found.get(key)), present
        )
    ]
    missing = _missing(platform, present)
    stored = cast("PoolItem | None", found.get(pool_key))
    pool = [] if missing else _pool(account_id, platform, channel, stored)
    return Snapshot(missing, strategies, candidates(pool), began)


def _parent_keys(account_id: str, platform: Platform) -> dict[Key, Parent]:
    application_id = platform.application_id or DEFAULT_APPLICATION
    named: list[Parent] = [(APPLICATION, application_id)]
    if platform.entity_id is not None:
        named.append((ENTITY, platform.entity_id))
    return {
        keys.parent(account_id, kind, identifier): (kind, identifier) for kind, identifier in named
    }


def _missing(platform: Platform, present: Mapping[Parent, ParentItem]) -> Reason | None:
    application_id = platform.application_id or DEFAULT_APPLICATION
    is_built_in = application_id in APPLICATION.built_in
    if not is_built_in and (APPLICATION, application_id) not in present:
        return "APPLICATION_NOT_FOUND"
    if platform.entity_id is not None and (ENTITY, platform.entity_id) not in present:
        return "ENTITY_NOT_FOUND"
    return None


def _pool(
    account_id: str, platform: Platform, channel: str, stored: PoolItem | None
) -> list[Sender]:
    if stored is not None and pools.is_fresh(stored):
        return pools.senders(stored)
    return pools.read(account_id, platform, channel)


def forget() -> None:
    """Read every platform again."""
    _snapshots.clear()
