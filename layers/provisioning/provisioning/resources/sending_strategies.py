"""Sending strategies: by which rules a sender is chosen for the messages of a platform.

A platform is an application and an entity, either of which may be missing. A strategy is stored as
an item of its own, and in the item that holds all strategies of its platform, so that choosing a
sender reads one item for each platform that may apply. Both are written in one transaction.

A strategy remembers the generations of its application and entity, as associations do. When one of
these is deleted, the strategy stops to apply at once; the deletion's operation then removes it, and
undoing the operation restores it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from provisioning.accounts.restrictions import Binding
from provisioning.core.kinds import APPLICATION, ENTITY

Fallback = Literal["APPLICATION", "DEFAULT"]
"""Where to look when a pool is empty: the application's own pool, or ``default``'s after it."""
SenderType = Literal["ALPHANUMERIC", "VIRTUAL_LONG_NUMBER", "SHORT_CODE", "TOLL_FREE_NUMBER"]
"""Types of sender, as the published API names them."""

MAXIMUM_STRATEGIES = 500
"""Strategies that one account may have: all of them are read to list them (about 50 units)."""


@dataclass(frozen=True)
class Platform:
    """The application and the entity that a message or a strategy names."""

    application_id: str | None = None
    entity_id: str | None = None

    def covers(self, other: "Platform") -> bool:
        """Return whether a strategy for this platform is for the messages of another."""
        return self.application_id in {None, other.application_id} and self.entity_id in {
            None,
            other.entity_id,
        }


@dataclass(frozen=True)
class Strategy:
    """A sending strategy.

    Attributes:
        strategy_id: Its id; "" for the rules that hold where there is no strategy.
        platform: The messages it is for.
        channel: The channel it is for; None for all.
        country: The country of destination it is for (two-letter ISO code); None for all.
        is_sticky: Whether a destination always gets the same sender.
        is_geolocated: Whether the nearest area code is preferred (United States and Canada).
        priorities: Priority by sender type, 1 first; other types come after all of these.
        weights: Share of the messages by resource type and id; 1 where none is given.
        fallback: Where to look when the pool is empty.
    """

    strategy_id: str = ""
    platform: Platform = Platform()
    channel: str | None = None
    country: str | None = None
    is_sticky: bool = False
    is_geolocated: bool = False
    priorities: Mapping[SenderType, int] = field(default_factory=dict)
    weights: Mapping[tuple[str, str], int] = field(default_factory=dict)
    fallback: Fallback | None = None

    def is_within(self, binding: Binding) -> bool:
        """Return whether an API key covers all messages that the strategy is for."""
        return binding.covers_all(self.platform.application_id, self.platform.entity_id)

    def applies_for(self, binding: Binding) -> bool:
        """Return whether the strategy applies to the messages that an API key asks about.

        It does if the key covers it, or if it names no application or entity that the key does not
        see: what follows from another tenant's strategy would show that it exists.
        """
        platform = self.platform
        own_application = platform.application_id in {None, *APPLICATION.built_in} or binding.sees(
            APPLICATION, platform.application_id or ""
        )
        own_entity = platform.entity_id is None or binding.sees(ENTITY, platform.entity_id)
        return (own_application and own_entity) or self.is_within(binding)

    def members(self) -> dict[str, object]:
        """Return the strategy as clients see it, without members that say nothing."""
        platform = {
            "entityId": self.platform.entity_id,
            "applicationId": self.platform.application_id,
        }
        shown: dict[str, object] = {
            "sendingStrategyId": self.strategy_id,
            "platform": {name: value for name, value in platform.items() if value is not None},
            "channel": self.channel,
            "destinationCountryCode": self.country,
            "useStickySender": self.is_sticky,
            "useGeolocatedSender": self.is_geolocated,
            "priorities": [
                {"senderType": kind, "priority": priority}
                for kind, priority in self.priorities.items()
            ],
            "weights": [
                {"resourceType": kind, "resourceId": resource_id, "weight": weight}
                for (kind, resource_id), weight in self.weights.items()
            ],
            "fallback": self.fallback,
        }
        return {name: value for name, value in shown.items() if value not in (None, [], {})}


NO_STRATEGY = Strategy()
"""What holds for a message that no strategy is for."""


def applying(
    strategies: Iterable[Strategy], platform: Platform, channel: str, country: str | None
) -> Strategy:
    """Return the strategy for a message: the most specific one that fits.

    A strategy of an application and an entity comes before the application's, which comes before
    the entity's and the account's; then one for the channel before one for all channels; then one
    for the country before one for all countries.
    """
    fitting = [
        strategy
        for strategy in strategies
        if strategy.platform.covers(platform)
        and strategy.channel in {None, channel}
        and strategy.country in {None, country}
    ]
    return max(fitting, key=_specificity, default=NO_STRATEGY)


def _specificity(strategy: Strategy) -> tuple[bool, bool, bool, bool, str]:
    return (
        strategy.platform.application_id is not None,
        strategy.platform.entity_id is not None,
        strategy.channel is not None,
        strategy.country is not None,
        strategy.strategy_id,
    )
