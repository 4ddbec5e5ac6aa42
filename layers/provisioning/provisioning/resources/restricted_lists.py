"""Lists of associations for a key that is bound to a part of them.

Each pair of the binding, with the filters, is a few ranges of the table, which are counted like
those of any list. A list has first what pairs of an application alone cover, then what pairs of
both do, then what pairs of an entity alone do, without the applications that came first.

Associations that are still to be moved from a namesake are left out (``own_associations``). The
total of a range that is too long to be read whole counts them all the same.
"""

from collections.abc import Iterable
from functools import partial

from provisioning.accounts.principals import Principal
from provisioning.accounts.restrictions import Pair
from provisioning.core.errors import InvalidError
from provisioning.core.kinds import Kind
from provisioning.paging import pages
from provisioning.paging.indexed_list import Keep
from provisioning.paging.pages import Window
from provisioning.resources import own_associations, queries
from provisioning.resources.association_shapes import AssociationQuery
from provisioning.table import reads
from provisioning.table.item_types import AssociationItem
from provisioning.table.items import Item
from provisioning.table.primary_keys import KeyRange

_Ranges = list[KeyRange[AssociationItem]]
_Windows = list[pages.Windowed[AssociationItem]]

RANGES = 60
"""Ranges between those of applications at most: each costs about a read unit."""
EXAMINED = 2000
"""Associations of entities at most that are read, where there would be more ranges than that."""


def list_page(principal: Principal, query: AssociationQuery) -> pages.Page[AssociationItem]:
    """Return one page of the associations that meet all filters and are the key's.

    Raises:
        InvalidError: The filters must name an application or an entity, as there are too many to
            tell which are listed twice.
    """
    offset, items, total = query.page * query.size, list[AssociationItem](), 0
    ages: list[int] = []
    for window in _windows(principal, queries.filters_of(query)):
        found = window(max(0, offset - total), query.size - len(items))
        items += found.items
        total += found.total
        ages += [] if found.age is None else [found.age]
    return pages.Page(items, query.page, query.size, total, max(ages, default=None))


def count(principal: Principal) -> int | None:
    """Return how many associations are the key's; None if there are too many to count."""
    try:
        return sum(window(0, 0).total for window in _windows(principal, {}))
    except InvalidError:
        return None


def linked_count(principal: Principal, kind: Kind, identifier: str) -> int:
    """Return how many associations of an application or entity are the key's."""
    windows = _windows(principal, {kind.id_member: identifier})
    return sum(window(0, 0).total for window in windows)


def _windows(principal: Principal, filters: Item) -> _Windows:
    """Return what reads the parts of a list, which follow one another."""
    account_id, binding = principal.account_id, principal.binding
    keep = own_associations.is_own(principal)
    window = partial(pages.window, keep=keep)
    wanted = _broadest(_narrowed(filters, pair) for pair in binding.pairs)
    applications = [each for each in wanted if "entityId" not in each]
    entities = [each for each in wanted if "applicationId" not in each]
    both = [each for each in wanted if each not in applications and each not in entities]
    first, second, third = (_ranges(account_id, among) for among in (applications, both, entities))
    windows: _Windows = [partial(window, part) for part in (first, second)]
    if not applications or not entities:
        return [*windows, partial(window, third)]
    if "resourceId" in filters or len(third) * (len(applications) + 1) > RANGES:
        return [*windows, partial(_examined, keep, third, applications)]
    holes = _ranges(account_id, [{**one, **other} for one in applications for other in entities])
    return [*windows, partial(window, _without(third, holes))]


def _narrowed(filters: Item, pair: Pair) -> Item | None:
    """Return filters for that part of a pair that meets others; None where nothing does."""
    members = {"applicationId": pair.application_id, "entityId": pair.entity_id}
    named = {member: value for member, value in members.items() if value is not None}
    if any(filters.get(member, value) != value for member, value in named.items()):
        return None
    return {**filters, **named}


def _broadest(given: Iterable[Item | None]) -> list[Item]:
    """Return filters without those whose associations others among them have too."""
    unique: list[Item] = []
    for filters in given:
        if filters is not None and filters not in unique:
            unique.append(filters)
    return [
        filters
        for filters in unique
        if not any(other.items() < filters.items() for other in unique)
    ]


def _ranges(account_id: str, among: Iterable[Item]) -> _Ranges:
    """Return the positions of the associations of any of some filters, in order."""
    found = (key_range for filters in among for key_range in queries.ranges(account_id, filters))
    return sorted(found, key=lambda key_range: key_range.first or "")


def _without(whole: _Ranges, holes: _Ranges) -> _Ranges:
    """Return what is left of ranges without others that lie within them; both are in order."""
    left: _Ranges = []
    for key_range in whole:
        first = key_range.first
        for hole in holes:
            if (key_range.first or "") < (hole.first or "") < (key_range.last or ""):
                left.append(key_range._replace(first=first, last=hole.first))
                first = hole.last
        left.append(key_range._replace(first=first))
    return left


def _examined(
    keep: Keep,
    ranges: _Ranges,
    applications: list[Item],
    offset: int,
    size: int,
) -> Window[AssociationItem]:
    """Read all of some ranges, and leave out what is linked to some applications."""
    if pages.window(ranges, 0, 0).total > EXAMINED:
        problem = "must be given, or entityId: the key covers too many associations"
        raise InvalidError({"applicationId": [problem]})
    covered = {filters["applicationId"] for filters in applications}
    items = filter(keep, (item for each in ranges for item in reads.query_all(each)))
    return pages.cut((item for item in items if item["applicationId"] not in covered), offset, size)
