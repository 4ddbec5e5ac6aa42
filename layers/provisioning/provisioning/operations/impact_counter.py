"""Counts of associations that a deletion would move, kept while they are read."""

import hashlib
from collections import Counter

from provisioning.core import identities
from provisioning.core.identities import Identity
from provisioning.core.kinds import DEFAULT_APPLICATION
from provisioning.paging import pages
from provisioning.table import keys, primary_keys, reads
from provisioning.table.items import Item

SAMPLE = 10
"""Associations that are shown."""
FINGERPRINT = "impact-"
"""The beginning of every fingerprint, and of no version of an application or entity."""

_LOOKED_UP = 40
"""Associations up to which each is looked up under ``default``; for more, all there are read."""
_READ_THERE = 1000
"""Associations under ``default`` that are read at most."""

Counts = dict[tuple[str, str], int]
"""Numbers of associations by resource type and channel."""


class ImpactCounter:
    """Counts associations."""

    def __init__(self, account_id: str, generation: str) -> None:
        """Start at zero, for the associations of a parent with this generation."""
        self.sample: list[Item] = []
        self.total = 0
        self._account_id = account_id
        self._counts: Counter[tuple[str, str]] = Counter()
        self._digest = hashlib.sha256(generation.encode())
        self._under_default: set[str] = set()

    def add(self, item: Item) -> None:
        """Count an association."""
        self.total += 1
        if len(self.sample) < SAMPLE:
            self.sample.append(item)
        self._counts[item["resourceType"], item["channel"]] += 1
        self._digest.update(item["creationId"].encode())
        self._under_default.add(default_key(self._account_id, identities.of(item)).sort)

    def counts(self) -> Counts:
        """Return how many associations there are of each type and channel."""
        return dict(sorted(self._counts.items()))

    def digest(self) -> str:
        """Return the fingerprint of the associations."""
        return FINGERPRINT + self._digest.hexdigest()

    def merged(self) -> int | None:
        """Return how many associations would merge with another; None if that costs too much."""
        existing = _existing(self._account_id, self._under_default)
        return None if existing is None else self.total - len(self._under_default) + existing


def default_key(account_id: str, association: Identity) -> primary_keys.Key:
    """Return the key of what an association becomes by a reset."""
    return keys.association(account_id, association.by_default())


def _existing(account_id: str, sort_keys: set[str]) -> int | None:
    """Return how many of some associations under ``default`` exist; None if it costs too much."""
    under_default = keys.associations(account_id, DEFAULT_APPLICATION)
    if len(sort_keys) <= _LOOKED_UP:
        wanted = [primary_keys.Key(under_default.partition, sort_key) for sort_key in sort_keys]
        return len(reads.batch_get(wanted))
    if pages.total([under_default]) > _READ_THERE:
        return None
    return sum(sort_key in sort_keys for sort_key in reads.query_sort_keys(under_default))
