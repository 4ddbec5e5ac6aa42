"""What the deletion of an application or entity would do to its links, told beforehand.

The links are read where the deletion finds them, and those count that it would move: of the parent
as it is now. What is told is exact for as many links as ``EXAMINED_UNITS`` read, at least a
thousand of usual length. Of more links their numbers are told by type and channel, from the page
directory; but nothing that could only be told by reading them all.
"""

import hashlib
from collections import Counter
from dataclasses import dataclass

from provisioning.core import identities
from provisioning.core.identities import Identity
from provisioning.core.kinds import DEFAULT_APPLICATION, VALID_CHANNELS, Kind
from provisioning.paging import pages
from provisioning.resources import associations, parents
from provisioning.table import dynamodb, keys
from provisioning.table.dynamodb import Item

EXAMINED_UNITS = 40
"""Read units that links may cost."""
_READ_AT_ONCE = 200
SAMPLE = 10
"""Links that are shown."""
FINGERPRINT = "impact-"
"""What a fingerprint begins with, and no version of an application or entity does."""

_LOOKED_UP = 40
"""Links whose namesakes under ``default`` are looked up one by one: of more, all are read there."""
_READ_THERE = 1000
"""Links under ``default`` that are read at most."""


@dataclass(frozen=True)
class Impact:
    """What a deletion would do.

    Attributes:
        parent: The item of the application or entity.
        total: How many links it would move.
        counts: How many of each resource type and channel.
        merged: How many would become one with another; None where that is not known.
        sample: The first of them.
        fingerprint: Says which links they are; None where that is not known.
    """

    parent: Item
    total: int
    counts: dict[tuple[str, str], int]
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
    linked = associations.linked_to(account_id, kind, identifier)
    used_before = dynamodb.usage.read_units
    for links in dynamodb.slices(linked, limit=_READ_AT_ONCE):
        if dynamodb.usage.read_units - used_before > EXAMINED_UNITS:
            return _of_many(account_id, kind, parent, examined.sample)
        for link in links:
            # Others hang on a namesake that was deleted, and are on their way to `default`.
            if link.get(mark, parent["generation"]) == parent["generation"]:
                examined.take(link)
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

    def take(self, link: Item) -> None:
        """Gather a link."""
        self._total += 1
        if len(self.sample) < SAMPLE:
            self.sample.append(link)
        self._counts[link["resourceType"], link["channel"]] += 1
        self._digest.update(link["creationId"].encode())
        self._defaults.add(default_key(self._account_id, identities.of(link)).sort)

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
    if pages.total([under_default]) > _READ_THERE:
        return None
    return sum(sort_key in sort_keys for sort_key in dynamodb.query_keys(under_default))


def _of_many(account_id: str, kind: Kind, parent: Item, sample: list[Item]) -> Impact:
    pairs = sorted(
        (resource_type, channel)
        for resource_type, channels in VALID_CHANNELS.items()
        for channel in channels
    )
    ranges = [associations.linked_to(account_id, kind, parent["id"], *pair) for pair in pairs]
    counts = dict(zip(pairs, pages.counts(ranges), strict=True))
    total = sum(counts.values())
    return Impact(parent, total, {p: n for p, n in counts.items() if n}, None, sample, None)
