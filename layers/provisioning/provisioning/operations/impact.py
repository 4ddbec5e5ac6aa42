"""The impact of a deletion: what it would do to the associations of an application or entity.

The associations are read where the deletion reads them, and those count that it would move. For up
to ``EXAMINED`` associations the impact is exact and costs one read unit for about 30 of them; the
deletion itself writes 4 units for each. For more, only the total is known, and for an application
the counts by type and channel, all from the page index.
"""

from dataclasses import dataclass

from provisioning.core.kinds import APPLICATION, VALID_CHANNELS, Kind
from provisioning.operations.impact_counter import EXAMINED, FINGERPRINT, Counts, ImpactCounter
from provisioning.paging import pages
from provisioning.resources import association_items, parents
from provisioning.table import keys, reads
from provisioning.table.items import Item

__all__ = ["FINGERPRINT", "Impact", "of"]


@dataclass(frozen=True)
class Impact:
    """What a deletion would do.

    Attributes:
        parent: The item of the application or entity.
        total: How many associations it would move.
        counts: How many of each resource type and channel; None if that is unknown.
        merged: How many would merge with another; None if that is unknown.
        sample: The first of them.
        fingerprint: Identifies the set of associations; None if that is unknown.
    """

    parent: Item
    total: int
    counts: Counts | None
    merged: int | None
    sample: list[Item]
    fingerprint: str | None


def of(account_id: str, kind: Kind, identifier: str) -> Impact:
    """Return what the deletion of an application or entity would do.

    Raises:
        NotFoundError: It does not exist.
        ThrottledError, UnavailableError: The table could not be read.
    """
    parent = parents.get(account_id, kind, identifier)
    generation, attribute = parent["generation"], f"{kind.name}Generation"
    counter = ImpactCounter(account_id, generation)
    for item in reads.query_all(association_items.linked_to(account_id, kind, identifier)):
        if item.get(attribute, generation) != generation:
            continue  # It belongs to a parent that was deleted, and is being moved.
        counter.add(item)
        if counter.total > EXAMINED:
            return _of_many(account_id, kind, parent, counter.sample)
    return Impact(
        parent, counter.total, counter.counts(), counter.merged(), counter.sample, counter.digest()
    )


def _of_many(account_id: str, kind: Kind, parent: Item, sample: list[Item]) -> Impact:
    identifier = parent["id"]
    total = pages.total([association_items.linked_to(account_id, kind, identifier)])
    counts = _counts_from_index(account_id, identifier) if kind is APPLICATION else None
    return Impact(parent, total, counts, None, sample, None)


def _counts_from_index(account_id: str, application_id: str) -> Counts:
    counts = {
        (kind, channel): pages.total([keys.associations(account_id, application_id, kind, channel)])
        for kind, channels in VALID_CHANNELS.items()
        for channel in channels
    }
    return {pair: count for pair, count in sorted(counts.items()) if count}
