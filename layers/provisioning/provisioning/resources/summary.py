"""The summary of an account: its contents, counted by application, entity, type and channel.

An account of up to about a thousand links is read as it is, and its counts are exact. Of a larger
one only the outlines of two partitions are read (module ``paging.outline``), for ``UNITS`` read
units at most: what lies between two bounds of the page index belongs to what both bounds name. So
an application or entity shows from about a hundred links on, and a count may be wrong by what lies
at its ends, which ``precision`` states.
"""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from provisioning.core import identities
from provisioning.core.clock import now
from provisioning.core.kinds import APPLICATION, ENTITY, Kind
from provisioning.paging import outline
from provisioning.paging.outline import Budget
from provisioning.paging.spans import Span
from provisioning.table import keys, reads
from provisioning.table.item_types import AssociationItem
from provisioning.table.items import Item
from provisioning.table.primary_keys import KeyRange, is_cut, unescape

UNITS = 18.0
"""Read units that are planned with; the last query may cost up to two more."""
TOP = 10
"""Applications and entities that are named."""
_BY_PARENT, _BY_TYPE = 1, 3
"""Parts of the sort key of an association: the application; with its type and channel."""
_ITEMS_FOR_A_UNIT = 20
"""Links that half a consistent read unit pays for, with ids of about a hundred characters."""

Name = tuple[str, ...]
"""The first parts of a sort key."""


@dataclass(frozen=True)
class _Shares:
    """How many links each name has, and by how much each number may be wrong."""

    counts: Counter[Name]
    precision: int = 0


def of(account_id: str) -> Item:
    """Return the summary of an account, as its shape has it."""
    budget = Budget(UNITS)
    totals = {
        kind.collection: _total(keys.parents(account_id, kind)) for kind in (APPLICATION, ENTITY)
    }
    links = keys.associations(account_id)
    groups = outline.groups(links.partition)
    if groups is None:
        return _of_links(list(reads.query_all(links, consistent=False)), totals)
    totals["associations"] = sum(group.count or 0 for group in groups)
    spans = outline.refine(links.partition, groups, partial(_is_plain, _BY_TYPE), budget)
    by_application, by_type = _shares(spans, _BY_PARENT), _shares(spans, _BY_TYPE)
    by_entity = _entities(keys.all_entity_links(account_id), budget)
    precision = max(shares.precision for shares in (by_application, by_type, by_entity))
    types: Counter[Name] = Counter()
    for (_, *pair), count in by_type.counts.items():
        types[tuple(pair)] += count
    return _summary(
        totals,
        precision,
        types,
        _named(account_id, APPLICATION, by_application),
        _named(account_id, ENTITY, by_entity),
    )


def _total(key_range: KeyRange) -> int:
    groups = outline.groups(key_range.partition)
    if groups is None:
        return reads.count(key_range, consistent=False)
    return sum(group.count or 0 for group in groups)


def _of_links(links: list[AssociationItem], totals: dict[str, int]) -> Item:
    """Return the exact summary of an account, all of whose links were read."""
    return _summary(
        totals | {"associations": len(links)},
        0,
        Counter((link["resourceType"], link["channel"]) for link in links),
        Counter(link["applicationId"] for link in links),
        Counter(entity_id for link in links if (entity_id := link.get("entityId")) is not None),
    )


def _summary(
    totals: dict[str, int],
    precision: int,
    types: Counter[Name],
    applications: Counter[str],
    entities: Counter[str],
) -> Item:
    return {
        "asOf": now(),
        **totals,
        "precision": precision,
        "byType": [
            {"resourceType": resource_type, "channel": channel, "count": count}
            for (resource_type, channel), count in types.most_common()
        ],
        "topApplications": [
            {"applicationId": name, "count": count} for name, count in applications.most_common(TOP)
        ],
        "topEntities": [
            {"entityId": name, "count": count} for name, count in entities.most_common(TOP)
        ],
    }


# --- large accounts ------------------------------------------------------------------------------


def _entities(links: KeyRange, budget: Budget) -> _Shares:
    """Return how many links each entity has, from the outline, or where there are few of them from
    as many as the budget allows.
    """
    groups = outline.groups(links.partition)
    if groups is not None:
        spans = outline.refine(links.partition, groups, partial(_is_plain, _BY_PARENT), budget)
        return _shares(spans, _BY_PARENT)
    limit = max(1, int(budget.left * _ITEMS_FOR_A_UNIT))
    found = reads.query(links, limit=limit, consistent=False)
    counts = Counter(_name(item["SK"], _BY_PARENT) or ("",) for item in found.items)
    return _Shares(counts, 0 if found.last is None else outline.UNINDEXED - len(found.items))


def _name(bound: str, parts: int) -> Name | None:
    """Return the first parts of a sort key or bound; None where a bound ends before their end."""
    found = bound.split("#")
    return tuple(found[:parts]) if len(found) > parts else None


def _ends(span: Span, parts: int) -> tuple[Name | None, Name | None]:
    return _name(span.start, parts), _name(span.end or "", parts)


def _is_plain(parts: int, span: Span) -> bool:
    """Return whether all items of a span have one name."""
    first, last = _ends(span, parts)
    return first is not None and first == last


def _shares(spans: Iterable[Span], parts: int) -> _Shares:
    """Share out the items of spans among the names at their ends."""
    counts: Counter[Name] = Counter()
    precision = 0
    for span in spans:
        if not _is_plain(parts, span):
            precision = max(precision, span.count or 0)
        named = [name for name in _ends(span, parts) if name is not None]
        for name in named:
            counts[name] += (span.count or 0) // len(named)
    return _Shares(counts, precision)


def _named(account_id: str, kind: Kind, shares: _Shares) -> Counter[str]:
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
