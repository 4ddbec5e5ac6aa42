"""The stored items of sending strategies and sender pools, a type for each kind.

Their keys are in module ``sender_keys``.
"""

from typing import Literal, NotRequired, TypedDict

from provisioning.core.origins import Marks
from provisioning.table.item_types import Generations, KeyAttributes


class SenderWeight(TypedDict):
    """The share of one sender."""

    resourceType: str
    resourceId: str
    weight: int


class StoredStrategy(Generations):
    """A strategy, in its own item and in the item of its platform."""

    id: str
    applicationId: NotRequired[str | None]
    entityId: NotRequired[str | None]
    channel: NotRequired[str | None]
    country: NotRequired[str | None]
    isSticky: bool
    isGeolocated: bool
    priorities: NotRequired[dict[str, int]]
    weights: NotRequired[list[SenderWeight]]
    fallback: NotRequired[str | None]


class StrategyItem(KeyAttributes, Marks, StoredStrategy):
    """A strategy by its id; a removed one is kept for as long as its removal can be undone."""

    type: Literal["sendingStrategy"]
    createdAt: str
    removedBy: NotRequired[list[str] | None]  # the operations that removed it
    expiresAt: NotRequired[int | None]


class StrategyChange(KeyAttributes, Marks, StoredStrategy):
    """Who deleted a strategy, or which operation removed or restored it, for the audit."""

    type: Literal["strategyChange"]
    action: Literal["CREATED", "DELETED"]
    operationId: NotRequired[str | None]
    expiresAt: int


class PlatformStrategies(KeyAttributes):
    """All strategies of one platform."""

    type: Literal["platformStrategies"]
    strategies: list[StoredStrategy]
    revision: NotRequired[str]  # random, new at every write


class PoolItem(KeyAttributes):
    """The senders of a platform on a channel."""

    type: Literal["senderPool"]
    senders: NotRequired[str]  # by resource type, as compressed JSON in Base64
    readAt: NotRequired[str]  # when the associations began to be read
    generations: NotRequired[dict[str, str]]  # of its application and entity at that time
    changedAt: NotRequired[str]  # when the follower last saw one of them created or deleted
    truncated: NotRequired[bool | None]  # whether the platform has more senders than are kept
