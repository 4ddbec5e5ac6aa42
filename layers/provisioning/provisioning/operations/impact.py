"""The impact of a deletion: what it would do to the associations, the sending strategies and the
restricted API keys of an application or entity.

The associations are read where the deletion reads them, and those count that it would move. The
impact is exact for as many associations as ``EXAMINED_UNITS`` read, some five hundred of usual
length. For more, the counts by type and channel are known, from the page index.
"""

from dataclasses import dataclass

from provisioning.accounts import bound_keys
from provisioning.accounts.meant_parents import Meant
from provisioning.core.kinds import VALID_CHANNELS, Kind
from provisioning.operations.impact_counter import FINGERPRINT, Counts, ImpactCounter
from provisioning.paging import pages
from provisioning.resources import association_items, parents, strategy_removal
from provisioning.table import dynamodb, reads
from provisioning.table.item_types import ParentItem
from provisioning.table.items import Item

EXAMINED_UNITS = 20
"""Read units that associations may cost."""
_READ_AT_ONCE = 200

__all__ = ["FINGERPRINT", "Impact", "of"]


@dataclass(frozen=True)
class Impact:
    """What a deletion would do.

    Attributes:
        parent: The item of the application or entity.
        total: How many associations it would move.
        counts: How many of each resource type and channel.
        merged: How many would merge with another; None if that is unknown.
        sample: The first of them.
        fingerprint: Identifies the set of associations; None if that is unknown.
        strategies: How many sending strategies it would remove.
        restricted_keys: How many active API keys are restricted to the application or entity; None
            if that is unknown.
    """

    parent: ParentItem
    total: int
    counts: Counts
    merged: int | None
    sample: list[Item]
    fingerprint: str | None
    strategies: int
    restricted_keys: int | None


def of(account_id: str, kind: Kind, identifier: str, meant: Meant | None = None) -> Impact:
    """Return what the deletion of an application or entity would do.

    Raises:
        NotFoundError: It does not exist, or is not what the API key means.
    """
    parent = parents.get(account_id, kind, identifier, meant)
    generation, attribute = parent["generation"], f"{kind.name}Generation"
    counter = ImpactCounter(account_id, generation)
    linked, used_before = association_items.linked_to(account_id, kind, identifier), _units()
    for found in reads.query_pages(linked, limit=_READ_AT_ONCE):
        if _units() - used_before > EXAMINED_UNITS:
            return _of_many(account_id, kind, parent, counter.sample)
        for item in found:
            # Others belong to a parent that was deleted, and are being moved.
            if item.get(attribute, generation) == generation:
                counter.add(item)
    return Impact(
        parent,
        counter.total,
        counter.counts(),
        counter.merged(),
        counter.sample,
        counter.digest(),
        strategy_removal.count(account_id, kind, parent),
        bound_keys.count(account_id, kind, parent),
    )


def _units() -> float:
    return dynamodb.usage.read_units


def _of_many(account_id: str, kind: Kind, parent: ParentItem, sample: list[Item]) -> Impact:
    pairs: list[tuple[str, str]] = sorted(
        (resource_type, channel)
        for resource_type, channels in VALID_CHANNELS.items()
        for channel in channels
    )
    found = pages.counts(
        [association_items.linked_to(account_id, kind, parent["id"], *pair) for pair in pairs]
    )
    counts = {pair: count for pair, count in zip(pairs, found, strict=True) if count}
    strategies = strategy_removal.count(account_id, kind, parent)
    restricted_keys = bound_keys.count(account_id, kind, parent)
    return Impact(parent, sum(found), counts, None, sample, None, strategies, restricted_keys)
