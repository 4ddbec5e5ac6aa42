"""The primary keys of sending strategies and sender pools.

======================  ======================================  ====================================
item                    partition key                           sort key
======================  ======================================  ====================================
sending strategy        ``ACCOUNT#<account>#STRATEGY``          strategy id
change of a strategy    ``ACCOUNT#<account>#STRATEGYCHANGE``    unique id
strategies of a         ``ACCOUNT#<account>``                   application, entity
platform                ``#PLATFORMSTRATEGIES``
sender pool             ``ACCOUNT#<account>#SENDERPOOL``        application, entity, channel
======================  ======================================  ====================================
"""

from provisioning.table.primary_keys import Key, KeyRange, part, partition
from provisioning.table.sender_types import (
    PlatformStrategies,
    PoolItem,
    StrategyChange,
    StrategyItem,
)


def strategy(account_id: str, strategy_id: str) -> Key[StrategyItem]:
    """Return the key of a sending strategy."""
    return Key(partition(account_id, "STRATEGY"), strategy_id)


def strategies(account_id: str) -> KeyRange[StrategyItem]:
    """Return where all sending strategies of an account are, by id."""
    return KeyRange(partition(account_id, "STRATEGY"))


def strategy_change(account_id: str, unique_id: str) -> Key[StrategyChange]:
    """Return the key of a note of who deleted, removed or restored a sending strategy."""
    return Key(partition(account_id, "STRATEGYCHANGE"), unique_id)


def platform_strategies(
    account_id: str, application_id: str | None, entity_id: str | None
) -> Key[PlatformStrategies]:
    """Return the key of the item that holds all sending strategies of one platform."""
    sort = f"{part(application_id)}#{part(entity_id)}"
    return Key(partition(account_id, "PLATFORMSTRATEGIES"), sort)


def all_platform_strategies(account_id: str) -> KeyRange[PlatformStrategies]:
    """Return where the strategies of all platforms of an account are."""
    return KeyRange(partition(account_id, "PLATFORMSTRATEGIES"))


def sender_pool(
    account_id: str, application_id: str, entity_id: str | None, channel: str
) -> Key[PoolItem]:
    """Return the key of the item that lists the senders of a platform on a channel."""
    sort = f"{part(application_id)}#{part(entity_id)}#{channel}"
    return Key(partition(account_id, "SENDERPOOL"), sort)
