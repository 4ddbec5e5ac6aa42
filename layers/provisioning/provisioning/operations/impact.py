"""What the deletion of an application or entity would do to its links, told beforehand.

The links are read where the deletion finds them, and those count that it would move: of the parent
as it is now. What is told is exact for up to ``EXAMINED`` links, at the cost of reading them (about
30 for a read unit, where the deletion writes 4 units for each). Of more links their number is told,
for an application by type and channel too, from the page directory; but nothing that could only be
told by reading them all.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass

from provisioning.core import identities
from provisioning.core.identities import Identity
from provisioning.core.kinds import APPLICATION, DEFAULT_APPLICATION, VALID_CHANNELS, Kind
from provisioning.paging import pages
from provisioning.resources import associations, parents
from provisioning.table import dynamodb, keys
from provisioning.table.dynamodb import Item

EXAMINED = 100_000
"""Links that are read at most."""
SAMPLE = 10
"""Links that are shown."""
FINGERPRINT = "impact-"
"""What a fingerprint begins with, and no version of an application or entity does."""

_LOOKED_UP = 1000
"""Links whose namesakes under ``default`` are looked up one by one: of more, all are read there."""


@dataclass(frozen=True)
class Impact:
    """What a deletion would do.

    Attributes:
        parent: The item of the application or entity.
        total: How many links it would move.
        counts: How many of each resource type and channel; None where that is not known.
        merged: How many would become one with another; None where that is not known.
        sample: The first of them.
        fingerprint: Says which links they are; None where that is not known.
    """

    parent: Item
    total: int
    counts: dict[tuple[str, str], int] | None
    merged: int | None
    sample: list[Item]
    fingerprint: str | None


def of(account_id: str, kind: Kind, identifier: str) -> Impact:
    """Return what the deletion of an application or entity would do.

    Raises:
        NotFoundError: There is none.
        ThrottledError, UnavailableError: The table could not be read.
    """
    parent = parents.get(account_id, kind, identifier)
    mark = f"{kind.name}Generation"
    examined = _Examined(account_id, parent["generation"])
    for link in dynamodb.query_all(associations.linked_to(account_id, kind, identifier)):
        if link.get(mark, parent["generation"]) != parent["generation"]:
            continue  # It hangs on a namesake that was deleted, and is on its way to `default`.
        if not examined.take(link):
            return _of_many(account_id, kind, parent, examined.sample)
    return examined.impact(parent)


class _Examined:
    """What is gathered of links while they are read."""

    def __init__(self, account_id: str, generation: str) -> None:
        self.sample: list[Item] = []
        self._account_id = account_id
        self._counts: Counter[tuple[str, str]] = Counter()
        self._digest = hashlib.sha256(generation.encode())
        self._defaults: set[str] = set()
        self._total = 0

    def take(self, link: Item) -> bool:
        """Gather a link; tell whether it is not one too many."""
        self._total += 1
        if len(self.sample) < SAMPLE:
            self.sample.append(link)
        self._counts[link["resourceType"], link["channel"]] += 1
        self._digest.update(link["creationId"].encode())
        self._defaults.add(default_key(self._account_id, identities.of(link)).sort)
        return self._total <= EXAMINED

    def impact(self, parent: Item) -> Impact:
        """Return what was gathered."""
        standing = _standing(self._account_id, self._defaults)
        return Impact(
            parent,
            self._total,
            dict(sorted(self._counts.items())),
            None if standing is None else self._total - len(self._defaults) + standing,
            self.sample,
            FINGERPRINT + self._digest.hexdigest(),
        )


def default_key(account_id: str, association: Identity) -> keys.Key:
    """Return the key under which an association stands once it has lost its parents."""
    return associations.key_of(account_id, association.by_default())


def _standing(account_id: str, sort_keys: set[str]) -> int | None:
    """Return how many of some associations under ``default`` stand; None where that is too dear."""
    under_default = keys.associations(account_id, DEFAULT_APPLICATION)
    if len(sort_keys) <= _LOOKED_UP:
        wanted = [keys.Key(under_default.partition, sort_key) for sort_key in sort_keys]
        return len(dynamodb.get_many(wanted))
    if pages.total([under_default]) > EXAMINED:
        return None
    return sum(sort_key in sort_keys for sort_key in dynamodb.query_keys(under_default))


def _of_many(account_id: str, kind: Kind, parent: Item, sample: list[Item]) -> Impact:
    identifier = parent["id"]
    total = pages.total([associations.linked_to(account_id, kind, identifier)])
    counts = _by_pair(account_id, identifier) if kind is APPLICATION else None
    return Impact(parent, total, counts, None, sample, None)


def _by_pair(account_id: str, application_id: str) -> dict[tuple[str, str], int]:
    counts = {
        (kind, channel): pages.total([keys.associations(account_id, application_id, kind, channel)])
        for kind, channels in VALID_CHANNELS.items()
        for channel in channels
    }
    return {pair: count for pair, count in sorted(counts.items()) if count}
