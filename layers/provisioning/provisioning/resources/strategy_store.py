"""Creates, lists and deletes sending strategies."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, cast

from provisioning.accounts import meant_parents
from provisioning.accounts.principals import Principal
from provisioning.core.errors import InvalidError, NotFoundError
from provisioning.core.kinds import Kind
from provisioning.core.origins import SYSTEM, Origin
from provisioning.resources import own_associations, parents, strategy_items
from provisioning.resources.sending_strategies import MAXIMUM_STRATEGIES, Platform, Strategy
from provisioning.resources.strategy_items import Parent
from provisioning.table import keys, reads, sender_keys, writes
from provisioning.table.item_types import ParentItem
from provisioning.table.retries import retry_on_conflict
from provisioning.table.sender_types import StoredStrategy, StrategyItem
from provisioning.table.writes import Write

if TYPE_CHECKING:
    from collections.abc import Mapping


def create(
    account_id: str,
    strategy: Strategy,
    origin: Origin = SYSTEM,
    principal: Principal | None = None,
) -> None:
    """Store a new strategy.

    Args:
        account_id: The account.
        strategy: The strategy.
        origin: Who creates it.
        principal: The API key; its platform must be what the key means by the ids.

    Raises:
        InvalidError: Its application or entity does not exist, there is a strategy for the same
            messages, or the account has ``MAXIMUM_STRATEGIES``.
        ThrottledError: Its platform's strategies kept changing.
    """
    if len(present_items(account_id)) >= MAXIMUM_STRATEGIES:
        problem = f"the account has {MAXIMUM_STRATEGIES} sending strategies, the maximum"
        raise InvalidError({"platform": [problem]})
    present_parents = _parents(account_id, strategy.platform, principal)
    content = strategy_items.stored(strategy, _generations(strategy.platform, present_parents))

    def attempt() -> None:
        present = strategy_items.of_platform(account_id, strategy.platform)
        if strategy.strategy_id in {one["id"] for one in present["strategies"]}:
            return  # An earlier attempt took effect, and its response was lost.
        # Those of a deleted namesake, which are still to be removed, are for no messages.
        _require_unique(strategy, strategy_items.live(present, present_parents))
        writes.transact(
            [
                writes.create(strategy_items.own_item(account_id, content, origin)),
                strategy_items.replacing(present, [*present["strategies"], content]),
                *_parents_unchanged(account_id, content),
            ]
        )

    retry_on_conflict(attempt)


def delete(principal: Principal, strategy_id: str, origin: Origin = SYSTEM) -> None:
    """Delete a strategy.

    Args:
        principal: The API key of the request.
        strategy_id: The strategy.
        origin: Who deletes it.

    Raises:
        NotFoundError: It does not exist, or the key does not cover all of its messages.
        ThrottledError: Its platform's strategies kept changing.
    """
    account_id, is_own = principal.account_id, own_associations.is_own(principal)

    def attempt() -> None:
        item = reads.get(sender_keys.strategy(account_id, strategy_id))
        if item is None or "removedBy" in item or not is_own(item):
            raise NotFoundError
        present = strategy_items.of_platform(account_id, strategy_items.platform_of(item))
        others = [one for one in present["strategies"] if one["id"] != strategy_id]
        writes.transact(
            [
                writes.delete(sender_keys.strategy(account_id, strategy_id), removedBy=None),
                strategy_items.replacing(present, others),
                strategy_items.change(
                    account_id, "DELETED", strategy_items.content_of(item), origin
                ),
            ]
        )

    retry_on_conflict(attempt)


def list_own(principal: Principal) -> list[Strategy]:
    """Return the strategies that an API key may see, by id; at most ``MAXIMUM_STRATEGIES``.

    It sees those all of whose messages its binding covers.
    """
    is_own = own_associations.is_own(principal)
    found = filter(is_own, present_items(principal.account_id))
    return [strategy_items.strategy_of(item) for item in found]


def present_items(account_id: str) -> list[StrategyItem]:
    """Return the items of all strategies of an account that are not removed, by id."""
    found = reads.query_all(sender_keys.strategies(account_id))
    return [item for item in found if "removedBy" not in item]


def _parents(
    account_id: str, platform: Platform, principal: Principal | None
) -> dict[Parent, ParentItem]:
    """Return the application and the entity of a platform, which the API key must mean."""
    needed = set(strategy_items.parents_of(platform).values())
    found = {
        parent: item
        for parent, item in parents.find(account_id, needed).items()
        if principal is None or meant_parents.is_meant(principal, *parent, item)
    }
    if absent := needed - found.keys():
        raise missing(kind for kind, _ in absent)
    return found


def _generations(platform: Platform, present: "Mapping[Parent, ParentItem]") -> dict[str, str]:
    """Return the generations of a platform's parents, by the attribute that stores them."""
    needed = strategy_items.parents_of(platform)
    return {attribute: present[parent]["generation"] for attribute, parent in needed.items()}


def missing(kinds: Iterable[Kind]) -> InvalidError:
    """Return the error of a platform whose application or entity does not exist."""
    members = sorted(f"platform.{kind.id_member}" for kind in kinds)
    return InvalidError({member: ["does not exist"] for member in members})


def _parents_unchanged(account_id: str, content: StoredStrategy) -> list[Write]:
    """Return the checks that the parents still have the generations that were read.

    Strategies are written rarely, so these checks seldom conflict with other writes.
    """
    generations = cast("Mapping[str, str]", content)
    needed = strategy_items.parents_of(strategy_items.platform_of(content))
    return [
        writes.check(keys.parent(account_id, kind, identifier), generation=generations[attribute])
        for attribute, (kind, identifier) in needed.items()
    ]


def _require_unique(strategy: Strategy, present: list[Strategy]) -> None:
    for one in present:
        if (one.channel, one.country) == (strategy.channel, strategy.country):
            problem = f"the strategy {one.strategy_id} is for the same messages"
            raise InvalidError({"channel": [problem]})
