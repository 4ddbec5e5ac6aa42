"""What choosing a sender needs of a platform, read in one call and kept for a moment."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, cast

from provisioning.core.kinds import APPLICATION, DEFAULT_APPLICATION, ENTITY, Kind
from provisioning.core.spellings import canonical, digits
from provisioning.resources import strategy_items
from provisioning.resources.sending_strategies import Platform, Strategy
from provisioning.resources.strategy_items import Parent
from provisioning.senders import pools
from provisioning.senders.selection import Selection, Sender, candidates
from provisioning.table import keys, reads, sender_keys
from provisioning.table.item_types import ParentItem
from provisioning.table.primary_keys import Key

if TYPE_CHECKING:
    from provisioning.table.sender_types import PlatformStrategies, PoolItem

KEPT_SECONDS = 0.5
"""How long a process uses what it has read of a platform (wall-clock time).

Half a second more is left to DynamoDB for showing a deletion to eventually consistent reads: no
answer is older than a second.
"""
KEPT_PLATFORMS = 100
"""Platforms that a process keeps."""


class Pool:
    """The senders of a platform on a channel, in one version, ready to be chosen from."""

    def __init__(self, senders: Iterable[Sender], version: str | None) -> None:
        """Take the senders.

        Args:
            senders: The senders.
            version: When they were read from the associations; None if another process may have
                stored other ones.
        """
        self.candidates = candidates(senders)
        self.version = version
        self._selections: dict[str, Selection] = {}

    def selection(self, strategy: Strategy) -> Selection:
        """Return the pool with a strategy, which never changes."""
        if strategy.strategy_id not in self._selections:
            self._selections[strategy.strategy_id] = Selection(self.candidates, strategy)
        return self._selections[strategy.strategy_id]

    def spelled(self, identifier: str) -> Sender | None:
        """Return a sender by its id; a number in any usual spelling, the exact one first."""
        number = digits(identifier)
        return self._by_id.get(identifier) or (self._by_number.get(number) if number else None)

    @cached_property
    def _by_id(self) -> dict[str, Sender]:
        """The senders by their ids; of several types, the first."""
        return {one.sender.resource_id: one.sender for one in reversed(self.candidates)}

    @cached_property
    def _by_number(self) -> dict[str, Sender]:
        senders = (one.sender for one in reversed(self.candidates))
        return {canonical(one.resource_id): one for one in senders if one.resource_type == "NUMBER"}


@dataclass(frozen=True)
class Snapshot:
    """What was read of a platform.

    Attributes:
        missing: Whether its application or its entity does not exist; None if both do.
        strategies: The strategies that may apply.
        pool: Its senders; none if one is missing.
        generations: What its associations store, by attribute; none if one is missing.
        read_at: When it was read (seconds since 1970).
    """

    missing: Kind | None
    strategies: list[Strategy]
    pool: Pool
    generations: frozenset[tuple[str, str]]
    read_at: float


_snapshots: dict[tuple[str, Platform, str], Snapshot] = {}
_NO_SENDERS = Pool((), None)


def of_platform(account_id: str, platform: Platform, channel: str) -> Snapshot:
    """Return what is known of a platform, read again once it is ``KEPT_SECONDS`` old.

    That an application or entity does not exist is not kept: it may be created at any moment.
    """
    named = (account_id, platform, channel)
    known = _snapshots.get(named)
    if known is None or not 0 <= time.time() - known.read_at < KEPT_SECONDS:
        if len(_snapshots) >= KEPT_PLATFORMS:
            _snapshots.clear()
        known = _read(account_id, platform, channel, known.pool if known else None)
        if known.missing is None:
            _snapshots[named] = known
    return known


def _read(account_id: str, platform: Platform, channel: str, known: Pool | None) -> Snapshot:
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
    if _missing(platform, present) is not None:
        # It may have just been created.
        present = {parent_keys[key]: item for key, item in reads.batch_get(parent_keys).items()}
    strategies = [
        strategy
        for key in strategy_keys
        for strategy in strategy_items.live(
            cast("PlatformStrategies | None", found.get(key)), present
        )
    ]
    missing = _missing(platform, present)
    if missing is not None:
        return Snapshot(missing, strategies, _NO_SENDERS, frozenset(), began)
    stored = cast("PoolItem | None", found.get(pool_key))
    needed = strategy_items.parents_of(platform)
    generations = {name: present[parent]["generation"] for name, parent in needed.items()}
    if stored is None or not pools.is_fresh(stored, generations):
        pool = Pool(pools.read(account_id, platform, channel), None)
    elif known is not None and known.version == stored["readAt"]:
        pool = known
    else:
        pool = Pool(pools.senders(stored), stored["readAt"])
    return Snapshot(None, strategies, pool, frozenset(generations.items()), began)


def _parent_keys(account_id: str, platform: Platform) -> dict[Key, Parent]:
    application_id = platform.application_id or DEFAULT_APPLICATION
    named: list[Parent] = [(APPLICATION, application_id)]
    if platform.entity_id is not None:
        named.append((ENTITY, platform.entity_id))
    return {
        keys.parent(account_id, kind, identifier): (kind, identifier) for kind, identifier in named
    }


def _missing(platform: Platform, present: Mapping[Parent, ParentItem]) -> Kind | None:
    application_id = platform.application_id or DEFAULT_APPLICATION
    is_built_in = application_id in APPLICATION.built_in
    if not is_built_in and (APPLICATION, application_id) not in present:
        return APPLICATION
    if platform.entity_id is not None and (ENTITY, platform.entity_id) not in present:
        return ENTITY
    return None


def forget() -> None:
    """Read every platform again."""
    _snapshots.clear()
