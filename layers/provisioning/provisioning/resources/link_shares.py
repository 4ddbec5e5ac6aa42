"""How many associations each application, entity, or pair of type and channel has.

They come from an outline of a partition whose sort keys begin with the name: what lies between two
bounds of the page index belongs to what both bounds name. The items of a name lie side by side, so
at most two spans hold some of its items and some of others'; only these are shared out by guess.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from provisioning.paging import outline
from provisioning.paging.outline import Budget
from provisioning.paging.spans import Span
from provisioning.table.item_types import AssociationItem
from provisioning.table.primary_keys import KeyRange

Name = tuple[str, ...]
"""The first parts of a sort key."""


@dataclass(frozen=True)
class Shares:
    """How many links each name has.

    Attributes:
        counts: The numbers, by name.
        precision: By how much each number may be wrong.
        unnamed: How many links a name that has no number may have.
        is_partial: Whether only some of the links were counted.
    """

    counts: Counter[Name]
    precision: int = 0
    unnamed: int = 0
    is_partial: bool = False


def of(links: KeyRange[AssociationItem], parts: int, budget: Budget) -> Shares:
    """Return the shares of the names in a partition.

    Args:
        links: The whole partition.
        parts: How many parts of the sort key are the name.
        budget: What may be read.
    """
    groups = outline.groups(links.partition)
    if groups is None:
        found = outline.head(links, budget)
        names = (tuple(item["SK"].split("#")[:parts]) for item in found.items)
        return Shares(Counter(names), is_partial=not found.is_whole)
    spans = outline.refine(links.partition, groups, partial(_is_plain, parts), budget)
    return _of_spans(spans, parts)


def _of_spans(spans: Iterable[Span], parts: int) -> Shares:
    """Share out the items of spans among the names at their ends."""
    counts: Counter[Name] = Counter()
    mixed: list[int] = []
    at_ends: list[int] = []
    for span in spans:
        items = span.count or 0
        named = [name for name in _ends(span, parts) if name is not None]
        share = items // max(1, len(named))
        for name in named:
            counts[name] += share
        if not _is_plain(parts, span):
            mixed.append(items)
            at_ends.append(max(share, items - share) if named else 0)
    # A name that no bound has lies within one span. Any other is at the ends of two at most.
    return Shares(counts, sum(sorted(at_ends)[-2:]), max(mixed, default=0))


def _ends(span: Span, parts: int) -> tuple[Name | None, Name | None]:
    return _name(span.start, parts), _name(span.end or "", parts)


def _name(bound: str, parts: int) -> Name | None:
    """Return the first parts of a bound; None where it ends before their end."""
    found = bound.split("#")
    return tuple(found[:parts]) if len(found) > parts else None


def _is_plain(parts: int, span: Span) -> bool:
    """Tell whether all that a span holds has one name."""
    first, last = _ends(span, parts)
    return first is not None and first == last
