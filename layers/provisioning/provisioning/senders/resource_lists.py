"""Lists of resources with their owners: one result for each association, by resource.

Unassigned resources are found among the associations of the application ``default`` without entity,
however many others the account has. Whether one of them has another owner is read from the links of
the resource.
"""

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain

from provisioning.accounts.principals import Principal
from provisioning.accounts.restrictions import Binding
from provisioning.core import identities
from provisioning.core.identities import Identity
from provisioning.core.kinds import DEFAULT_APPLICATION, VALID_CHANNELS
from provisioning.core.threads import together
from provisioning.paging import pages
from provisioning.resources import restricted_lists
from provisioning.resources.association_shapes import AssociationQuery
from provisioning.senders.resource_shapes import ResourceQuery
from provisioning.table import keys, reads
from provisioning.table.item_types import AssociationItem
from provisioning.table.primary_keys import KeyRange

EXAMINED = 1000
"""Resources under ``default`` up to which a list of unassigned ones has exact totals."""
_LINKS_OF_A_UNIT = 10
"""Links that one read unit reads, at least: reading a range beats queries if it has few others."""

_Page = pages.Page[AssociationItem]
_Ranges = list[KeyRange[AssociationItem]]


def list_page(principal: Principal, query: ResourceQuery) -> _Page:
    """Return one page of the resources that meet all filters of a query.

    Args:
        principal: The API key of the request.
        query: The filters, and which page.

    Raises:
        InvalidError: The key covers too many associations to list them without further filters.
    """
    account_id, binding = principal.account_id, principal.binding
    if query.unassigned:
        return _unassigned_page(account_id, query, binding)
    if not binding.is_open:
        filters = query.model_dump(by_alias=True, exclude={"unassigned"}, exclude_none=True)
        asked = AssociationQuery.model_validate(filters)
        return restricted_lists.list_page(principal, asked)
    if query.channel is None and query.resource_type is None:
        ranges = [keys.resource_links(account_id, kind) for kind in sorted(VALID_CHANNELS)]
    else:
        ranges = [keys.resource_links(account_id, *pair) for pair in _pairs(query)]
    return pages.page(ranges, query.page, query.size)


def _pairs(query: ResourceQuery) -> list[tuple[str, str]]:
    """Return the pairs of type and channel that a query allows, in order."""
    return sorted(
        (kind, channel)
        for kind, channels in VALID_CHANNELS.items()
        for channel in channels
        if query.resource_type in {None, kind} and query.channel in {None, channel}
    )


def _unassigned_page(account_id: str, query: ResourceQuery, binding: Binding) -> _Page:
    """Return a page of the resources that belong to ``default`` without entity, and nobody else.

    If more than ``EXAMINED`` belong to it, a page is made of these, and then lacks those that have
    another owner too, which the total counts.
    """
    if not binding.covers(DEFAULT_APPLICATION, None):
        return pages.Page([], query.page, query.size, 0)
    ranges: _Ranges = [
        keys.entity_links(account_id, None, *pair, DEFAULT_APPLICATION) for pair in _pairs(query)
    ]
    offset = query.page * query.size
    if pages.total(ranges) > EXAMINED:
        found = pages.window(ranges, offset, query.size)
        left = _without_other_owners(account_id, found.items, binding)
        return pages.Page(left, query.page, query.size, found.total)
    every = list(chain.from_iterable(reads.query_all(each) for each in ranges))
    window = pages.cut(_without_other_owners(account_id, every, binding), offset, query.size)
    return pages.Page(window.items, query.page, query.size, window.total)


def _without_other_owners(
    account_id: str, unassigned: Iterable[AssociationItem], binding: Binding
) -> list[AssociationItem]:
    """Return those associations with ``default`` whose resource has no other owner that a key sees.

    Args:
        account_id: The account.
        unassigned: The associations, by type, channel and resource.
        binding: What the API key of the request is restricted to.
    """
    by_pair: dict[tuple[str, str], list[Identity]] = {}
    items = list(unassigned)
    for one in map(identities.of, items):
        by_pair.setdefault((one.resource_type, one.channel), []).append(one)
    owned = {
        one[1:4]
        for among in by_pair.values()
        for one in map(identities.of, _links_of(account_id, among))
        if one != one.by_default() and binding.covers(one.application_id, one.entity_id)
    }
    return [item for item in items if identities.of(item)[1:4] not in owned]


def _links_of(account_id: str, among: list[Identity]) -> Iterator[AssociationItem]:
    """Yield the links of some resources of one type and channel, with or without links of others.

    They are read as one range if that has few others, else each by itself.
    """
    each = [keys.resource_links(account_id, *one[1:4]) for one in among]
    around = KeyRange(
        each[0].partition,
        min(one.first or "" for one in each),
        max(one.last or "" for one in each),
    )
    if pages.total([around]) <= len(each) * _LINKS_OF_A_UNIT:
        yield from reads.query_all(around)
        return
    for found in together([partial(_all, one) for one in each]):
        yield from found


def _all(key_range: KeyRange[AssociationItem]) -> list[AssociationItem]:
    return list(reads.query_all(key_range))
