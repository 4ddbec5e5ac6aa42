"""The items of sending strategies (module ``sending_strategies`` says what they are)."""

from collections.abc import Iterable, Mapping
from typing import Any, Literal, cast

from provisioning.core.clock import in_days, now
from provisioning.core.ids import new_id
from provisioning.core.kinds import APPLICATION, ENTITY, Kind
from provisioning.core.origins import Origin
from provisioning.resources.sending_strategies import Fallback, Platform, SenderType, Strategy
from provisioning.table import items, reads, sender_keys, writes
from provisioning.table.item_types import ParentItem
from provisioning.table.sender_types import (
    PlatformStrategies,
    SenderWeight,
    StoredStrategy,
    StrategyChange,
    StrategyItem,
)
from provisioning.table.writes import Write

Parent = tuple[Kind, str]
"""An application or entity, by its id."""


def platform_of(stored: StoredStrategy) -> Platform:
    """Return the platform of a stored strategy."""
    return Platform(stored.get("applicationId"), stored.get("entityId"))


def parents_of(platform: Platform) -> dict[str, Parent]:
    """Return the parents that a platform needs, by the attribute with their generation."""
    needed: dict[str, Parent] = {}
    if platform.application_id is not None and platform.application_id not in APPLICATION.built_in:
        needed["applicationGeneration"] = (APPLICATION, platform.application_id)
    if platform.entity_id is not None:
        needed["entityGeneration"] = (ENTITY, platform.entity_id)
    return needed


def stored(strategy: Strategy, generations: Mapping[str, str]) -> StoredStrategy:
    """Return a strategy as its items hold it."""
    weights = [
        SenderWeight(resourceType=kind, resourceId=resource_id, weight=weight)
        for (kind, resource_id), weight in strategy.weights.items()
    ]
    given = {
        "id": strategy.strategy_id,
        "applicationId": strategy.platform.application_id,
        "entityId": strategy.platform.entity_id,
        "channel": strategy.channel,
        "country": strategy.country,
        "isSticky": strategy.is_sticky,
        "isGeolocated": strategy.is_geolocated,
        "priorities": dict(strategy.priorities),
        "weights": weights,
        "fallback": strategy.fallback,
        **generations,
    }
    # DynamoDB Local's stream shows an empty list or map as a value without type.
    return cast(
        "StoredStrategy", {name: one for name, one in given.items() if one not in (None, [], {})}
    )


def strategy_of(item: StoredStrategy) -> Strategy:
    """Return a stored strategy as a value."""
    return Strategy(
        strategy_id=item["id"],
        platform=platform_of(item),
        channel=item.get("channel"),
        country=item.get("country"),
        is_sticky=item["isSticky"],
        is_geolocated=item["isGeolocated"],
        priorities=cast("dict[SenderType, int]", item.get("priorities", {})),
        weights={
            (one["resourceType"], one["resourceId"]): one["weight"]
            for one in item.get("weights", ())
        },
        fallback=cast("Fallback | None", item.get("fallback")),
    )


def own_item(account_id: str, content: StoredStrategy, origin: Origin) -> StrategyItem:
    """Return the item of a new strategy by itself."""
    return items.new(
        sender_keys.strategy(account_id, content["id"]),
        {"type": "sendingStrategy", "createdAt": now(), **content, **origin.marks()},
    )


CHANGE_KEPT_DAYS = 1
"""How long the note of a change is kept: as long as the stream has its record."""


def change(
    account_id: str,
    action: Literal["CREATED", "DELETED"],
    content: StoredStrategy,
    origin: Origin,
    operation_id: str | None = None,
) -> Write:
    """Return the write of a note for the audit: who deleted a strategy, or removed or restored it.

    Args:
        account_id: The account.
        action: What happened to the strategy, as the audit calls it.
        content: The strategy.
        origin: Who caused it.
        operation_id: The operation that did it, if one did.
    """
    note: StrategyChange = items.new(
        sender_keys.strategy_change(account_id, new_id()),
        {
            "type": "strategyChange",
            "action": action,
            **content,
            **origin.marks(),
            "operationId": operation_id,
            "expiresAt": in_days(CHANGE_KEPT_DAYS),
        },
    )
    return writes.create(note)


def content_of(item: StrategyItem) -> StoredStrategy:
    """Return what the item of a strategy and the item of its platform have in common."""
    members = {*StoredStrategy.__required_keys__, *StoredStrategy.__optional_keys__}
    return cast("StoredStrategy", {name: value for name, value in item.items() if name in members})


def of_platform(account_id: str, platform: Platform) -> PlatformStrategies:
    """Return the item with a platform's strategies, read consistently, or one without revision."""
    key = sender_keys.platform_strategies(account_id, platform.application_id, platform.entity_id)
    empty = {"type": "platformStrategies", "strategies": []}
    return reads.get(key) or items.new(key, empty)


def replacing(present: PlatformStrategies, strategies: Iterable[StoredStrategy]) -> Write:
    """Return the write of a platform's strategies, if they are as they were read.

    Every write gives the item a new random revision.
    """
    changed: dict[str, Any] = {**present, "strategies": list(strategies), "revision": new_id()}
    if "revision" not in present:
        return writes.create(changed)
    return writes.replace(changed, revision=present["revision"])


def live(found: PlatformStrategies | None, present: Mapping[Parent, ParentItem]) -> list[Strategy]:
    """Return a platform's strategies whose application and entity still exist."""
    if found is None:
        return []
    return [strategy_of(one) for one in found["strategies"] if _is_live(one, present)]


def _is_live(one: StoredStrategy, present: Mapping[Parent, ParentItem]) -> bool:
    """Return whether a strategy's parents are those it was made for, or were restored."""
    for attribute, parent in parents_of(platform_of(one)).items():
        item = present.get(parent)
        stored = cast("Mapping[str, str]", one).get(attribute)
        if item is None or stored not in items.generations_of(item):
            return False
    return True
