"""Stores sending strategies (module ``sending_strategies`` says what they are)."""

from collections.abc import Iterable, Iterator
from typing import NotRequired, TypedDict, cast

from provisioning.core import config
from provisioning.core.clock import in_days, now
from provisioning.core.errors import InvalidError, NotFoundError, ThrottledError
from provisioning.core.ids import new_id
from provisioning.core.kinds import APPLICATION, ENTITY, Kind
from provisioning.core.origins import SYSTEM, Origin
from provisioning.resources import parents
from provisioning.resources.sending_strategies import (
    MAXIMUM_STRATEGIES,
    Fallback,
    Platform,
    SenderType,
    Strategy,
)
from provisioning.table import items, keys, reads, sender_keys, writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.items import Item
from provisioning.table.writes import Write

TRIES = 5
"""Tries of a write to a platform's strategies that another write changes at the same time."""

Parent = tuple[Kind, str]


class Weight(TypedDict):
    """The share of one sender."""

    resourceType: str
    resourceId: str
    weight: int


class StrategyItem(TypedDict):
    """A strategy as it is stored, by itself and among those of its platform."""

    id: str
    applicationId: NotRequired[str]
    entityId: NotRequired[str]
    applicationGeneration: NotRequired[str]
    entityGeneration: NotRequired[str]
    channel: NotRequired[str]
    country: NotRequired[str]
    isSticky: bool
    isGeolocated: bool
    priorities: dict[str, int]
    weights: list[Weight]
    fallback: NotRequired[str]
    removedBy: NotRequired[str]


def create(account_id: str, strategy: Strategy, origin: Origin = SYSTEM) -> None:
    """Store a new strategy.

    Args:
        account_id: The account.
        strategy: The strategy, with a new id.
        origin: Who creates it.

    Raises:
        InvalidError: Its application or entity does not exist, there is a strategy for the same
            messages, or the account has ``MAXIMUM_STRATEGIES``.
        ThrottledError: Its platform's strategies kept changing.
    """
    if reads.count(sender_keys.strategies(account_id)) >= MAXIMUM_STRATEGIES:
        problem = f"the account has {MAXIMUM_STRATEGIES} sending strategies, the most it may have"
        raise InvalidError({"platform": [problem]})
    stored = _stored(strategy, _generations(account_id, strategy.platform))
    for _ in range(TRIES):
        together = _of_platform(account_id, strategy.platform)
        present = list(read([together]))
        if strategy.strategy_id in {one.strategy_id for one in present}:
            return  # The first try took effect and its response was lost.
        _require_unique(strategy, present)
        steps = [
            writes.create(_item(account_id, strategy.strategy_id, stored, origin)),
            _write_together(together, [*together.get("strategies", ()), stored]),
            *_parents_unchanged(account_id, stored),
        ]
        if _is_written(steps):
            return
    raise ThrottledError


def delete(account_id: str, strategy_id: str) -> None:
    """Delete a strategy.

    Raises:
        NotFoundError: There is none.
        ThrottledError: Its platform's strategies kept changing.
    """
    for _ in range(TRIES):
        item = reads.get(sender_keys.strategy(account_id, strategy_id))
        if item is None or "removedBy" in item:
            raise NotFoundError
        steps = [
            writes.delete(items.key_of(item), removedBy=None),
            *_left_out(account_id, item),
        ]
        if _is_written(steps):
            return
    raise ThrottledError


def list_all(account_id: str) -> list[Strategy]:
    """Return all strategies of an account, by id; at most ``MAXIMUM_STRATEGIES``."""
    return [_strategy(item) for item in _items(account_id) if "removedBy" not in item]


def read(together: Iterable[Item]) -> Iterator[Strategy]:
    """Yield the strategies that items of platforms hold (``keys.platform_strategies``)."""
    for item in together:
        yield from map(_strategy, item.get("strategies", ()))


def live(together: Item, present: dict[Parent, Item]) -> list[Strategy]:
    """Return a platform's strategies whose application and entity still exist.

    Args:
        together: The item that holds them; {} for none.
        present: The items of the applications and entities that exist.
    """
    return [
        _strategy(stored)
        for stored in together.get("strategies", ())
        if _is_live(
            stored,
            "applicationGeneration",
            present.get((APPLICATION, stored.get("applicationId", ""))),
        )
        and _is_live(stored, "entityGeneration", present.get((ENTITY, stored.get("entityId", ""))))
    ]


def count_of_parent(account_id: str, kind: Kind, identifier: str) -> int:
    """Return how many strategies are for an application or entity."""
    return sum(
        item.get(kind.id_member) == identifier and "removedBy" not in item
        for item in _items(account_id)
    )


def remove_of_parent(
    account_id: str, kind: Kind, identifier: str, generation: str, operation_id: str
) -> None:
    """Remove the strategies for an application or entity that an operation deleted.

    They are kept for as long as the operation can be undone. Carried out twice, it does no harm.

    Args:
        account_id: The account.
        kind: Whether an application or an entity was deleted.
        identifier: Its id.
        generation: The generation it had: strategies of a successor of the same id stay.
        operation_id: The operation.

    Raises:
        ThrottledError, UnavailableError: The table could not be written; what is done is done.
    """
    mark = f"{kind.name}Generation"
    for item in _items(account_id):
        if item.get(kind.id_member) == identifier and item.get(mark) == generation:
            _change(
                account_id,
                item,
                {"removedBy": operation_id, "expiresAt": in_days(config.undo_days() + 1)},
            )


def restore(account_id: str, operation_id: str) -> None:
    """Restore the strategies that an operation removed. Carried out twice, it does no harm.

    Raises:
        ThrottledError, UnavailableError: The table could not be written; what is done is done.
    """
    for item in _items(account_id):
        if item.get("removedBy") == operation_id:
            _change(account_id, item, {"removedBy": None, "expiresAt": None})


def _change(account_id: str, item: Item, values: Item) -> None:
    """Remove a strategy from its platform's, or put it back, and say so on its own item."""
    for _ in range(TRIES):
        own = reads.get(items.key_of(item))
        if own is None or all(
            own.get(name) == value for name, value in values.items() if name == "removedBy"
        ):
            return
        expected = own.get("removedBy")
        platform = _platform(own)
        together = _of_platform(account_id, platform)
        others = [one for one in together.get("strategies", ()) if one["id"] != own["id"]]
        if values["removedBy"] is None:
            others.append(
                {
                    name: own[name]
                    for name in StrategyItem.__annotations__
                    if name in own and name != "removedBy"
                }
            )
        steps = [
            writes.update(items.key_of(own), values, removedBy=expected),
            _write_together(together, others),
        ]
        if _is_written(steps):
            return
    raise ThrottledError


def _left_out(account_id: str, item: Item) -> list[Write]:
    together = _of_platform(account_id, _platform(item))
    left = [one for one in together.get("strategies", ()) if one["id"] != item["id"]]
    return [_write_together(together, left)]


def _items(account_id: str) -> Iterator[Item]:
    return reads.query_all(sender_keys.strategies(account_id))


def _of_platform(account_id: str, platform: Platform) -> Item:
    """Return the item that holds a platform's strategies, or a new one without a revision."""
    key = sender_keys.platform_strategies(account_id, platform.application_id, platform.entity_id)
    return reads.get(key) or items.key_attributes(key) | {"type": "platformStrategies"}


def _write_together(together: Item, strategies: list[StrategyItem]) -> Write:
    """Return the write of a platform's strategies, if nobody has written them since they were read.

    Every write gives the item a new random revision.
    """
    item = together | {"strategies": strategies, "revision": new_id()}
    if "revision" not in together:
        return writes.create(item)
    return writes.replace(item, revision=together["revision"])


def _is_written(steps: list[Write]) -> bool:
    try:
        writes.transact(steps)
    except ConditionFailedError:
        return False
    return True


def _generations(account_id: str, platform: Platform) -> dict[str, str]:
    """Return the generations of a platform's parents as attributes.

    Raises:
        InvalidError: One does not exist.
    """
    named = _parents(platform)
    found = parents.generations(account_id, set(named.values()))
    if missing := [parent for parent in named.values() if parent not in found]:
        raise InvalidError(
            {f"platform.{kind.id_member}": ["does not exist"] for kind, _ in missing}
        )
    return {mark: found[parent] for mark, parent in named.items()}


def _parents(platform: Platform) -> dict[str, Parent]:
    named: dict[str, Parent] = {}
    if platform.application_id is not None and platform.application_id not in APPLICATION.built_in:
        named["applicationGeneration"] = (APPLICATION, platform.application_id)
    if platform.entity_id is not None:
        named["entityGeneration"] = (ENTITY, platform.entity_id)
    return named


def _parents_unchanged(account_id: str, stored: StrategyItem) -> list[Write]:
    """Return the checks that the parents still have the generations that were read.

    Strategies are written rarely, so these checks are seldom in conflict with other writes.
    """
    return [
        writes.check(keys.parent(account_id, kind, identifier), generation=stored[mark])  # type: ignore[literal-required]
        for mark, (kind, identifier) in _parents(_platform(cast("Item", stored))).items()
    ]


def _is_live(stored: Item, mark: str, parent: Item | None) -> bool:
    """Tell whether a parent is the one a strategy was made for, or was restored from it."""
    if mark not in stored:
        return True
    return parent is not None and stored[mark] in {
        parent["generation"],
        *parent.get("formerGenerations", ()),
    }


def _require_unique(strategy: Strategy, present: list[Strategy]) -> None:
    for one in present:
        if (one.channel, one.country) == (strategy.channel, strategy.country):
            problem = f"the strategy {one.strategy_id} is for the same messages"
            raise InvalidError({"channel": [problem]})


def _item(account_id: str, strategy_id: str, stored: StrategyItem, origin: Origin) -> Item:
    return (
        items.key_attributes(sender_keys.strategy(account_id, strategy_id))
        | {"type": "sendingStrategy", "createdAt": now()}
        | cast("Item", stored)
        | origin.marks()
    )


def _stored(strategy: Strategy, generations: dict[str, str]) -> StrategyItem:
    weights = [
        Weight(resourceType=kind, resourceId=resource_id, weight=weight)
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
    return cast("StrategyItem", {name: value for name, value in given.items() if value is not None})


def _platform(stored: Item) -> Platform:
    return Platform(stored.get("applicationId"), stored.get("entityId"))


def _strategy(stored: Item) -> Strategy:
    return Strategy(
        strategy_id=stored["id"],
        platform=_platform(stored),
        channel=stored.get("channel"),
        country=stored.get("country"),
        is_sticky=stored["isSticky"],
        is_geolocated=stored["isGeolocated"],
        priorities=cast("dict[SenderType, int]", stored["priorities"]),
        weights={
            (one["resourceType"], one["resourceId"]): one["weight"] for one in stored["weights"]
        },
        fallback=cast("Fallback | None", stored.get("fallback")),
    )
