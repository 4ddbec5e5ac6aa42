"""The summary of an account: its contents, counted by application, entity, type and channel.

It costs at most 20 read units. While the associations are few enough for that, they are read and
the counts are exact. Of a larger account only the outlines of its partitions are read (modules
``paging.outline`` and ``link_shares``): totals are the sums of a page index, as in lists; counts by
application, entity, type and channel are estimates, and ``precision`` tells by how much they may be
wrong.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from provisioning.core import identities
from provisioning.core.clock import now
from provisioning.core.kinds import APPLICATION, ENTITY, Kind
from provisioning.paging import outline, spans
from provisioning.paging.outline import Budget
from provisioning.resources import link_shares
from provisioning.resources.link_shares import Name, Shares
from provisioning.table import keys, reads
from provisioning.table.item_types import AssociationItem
from provisioning.table.items import Item
from provisioning.table.primary_keys import KeyRange, is_cut, unescape

UNITS = 18.0
"""Read units that are planned with; the last query may cost up to two more."""
TOP = 10
"""Applications and entities that are named."""
_BY_PARENT, _BY_TYPE = 1, 2
"""Parts of sort keys: the application or entity; the type and channel."""


@dataclass
class _Figures:
    """The figures of a summary."""

    totals: dict[str, int] = field(default_factory=dict)
    precision: int = 0
    is_partial: bool = False
    types: Counter[Name] = field(default_factory=Counter)
    applications: Counter[str] = field(default_factory=Counter)
    entities: Counter[str] = field(default_factory=Counter)

    def shown(self) -> Item:
        """Return the figures as their shape has them."""
        return {
            "asOf": now(),
            **self.totals,
            "precision": self.precision,
            "partial": self.is_partial,
            "byType": [
                {"resourceType": resource_type, "channel": channel, "count": count}
                for (resource_type, channel), count in self.types.most_common()
            ],
            "topApplications": [
                {"applicationId": name, "count": count}
                for name, count in self.applications.most_common(TOP)
            ],
            "topEntities": [
                {"entityId": name, "count": count} for name, count in self.entities.most_common(TOP)
            ],
        }


def of(account_id: str) -> Item:
    """Return the summary of an account, as its shape has it."""
    budget = Budget(UNITS)
    figures = _Figures()
    for kind in (APPLICATION, ENTITY):
        figures.totals[kind.collection] = _total(keys.parents(account_id, kind), budget, figures)
    links = keys.associations(account_id)
    groups = outline.groups(links.partition)
    indexed = None if groups is None else spans.total(groups)
    found = outline.head(links, budget, indexed)
    if found.is_whole or indexed is None:
        _count_links(found.items, figures)
        figures.is_partial |= not found.is_whole
    else:
        figures.totals["associations"] = indexed
        _estimate(account_id, budget, figures)
    return figures.shown()


def _total(key_range: KeyRange, budget: Budget, figures: _Figures) -> int:
    groups = outline.groups(key_range.partition)
    if groups is not None:
        return spans.total(groups)
    found = outline.head(key_range, budget)
    figures.is_partial |= not found.is_whole
    return len(found.items)


def _count_links(links: list[AssociationItem], figures: _Figures) -> None:
    """Count links that were read."""
    figures.totals["associations"] = len(links)
    figures.types.update((link["resourceType"], link["channel"]) for link in links)
    figures.applications.update(link["applicationId"] for link in links)
    named = (link.get("entityId") for link in links)
    figures.entities.update(entity_id for entity_id in named if entity_id is not None)


def _estimate(account_id: str, budget: Budget, figures: _Figures) -> None:
    """Take the counts of a large account from the outlines of its partitions."""
    types = link_shares.of(keys.resource_links(account_id), _BY_TYPE, budget)
    applications = link_shares.of(keys.associations(account_id), _BY_PARENT, budget)
    entities = link_shares.of(keys.all_entity_links(account_id), _BY_PARENT, budget)
    figures.precision = types.unnamed  # every pair is to be listed, but only the largest parents
    for shares in (types, applications, entities):
        figures.precision = max(figures.precision, shares.precision)
        figures.is_partial |= shares.is_partial
    figures.types = types.counts
    figures.applications = _named(account_id, APPLICATION, applications)
    figures.entities = _named(account_id, ENTITY, entities)


def _named(account_id: str, kind: Kind, shares: Shares) -> Counter[str]:
    """Return the shares of the largest, by their ids."""
    largest = shares.counts.most_common(TOP + 1)
    return Counter(dict(_identified(account_id, kind, largest)))


def _identified(
    account_id: str, kind: Kind, shares: list[tuple[Name, int]]
) -> Iterator[tuple[str, int]]:
    for (escaped,), count in shares:
        if not escaped:
            continue  # entity links of associations without entity
        identifier = unescape(escaped)
        if is_cut(escaped):
            # The key has a digest of the rest; one of its links has the whole id.
            within = keys.links_of_part(account_id, kind, escaped)
            found = reads.query(within, limit=1, consistent=False).items
            identifier = identities.of(found[0]).members()[kind.id_member] if found else ""
        if identifier:
            yield identifier, count
