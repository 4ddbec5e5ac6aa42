"""Lists of resources with their owners: one result for each association, by resource."""

from collections.abc import Iterable, Iterator
from itertools import chain, groupby

from provisioning.core import identities
from provisioning.core.kinds import VALID_CHANNELS
from provisioning.paging import pages
from provisioning.senders.resource_shapes import ResourceQuery
from provisioning.table import keys, reads
from provisioning.table.item_types import AssociationItem
from provisioning.table.primary_keys import KeyRange


def list_page(account_id: str, query: ResourceQuery) -> pages.Page[AssociationItem]:
    """Return one page of the resources that meet all filters of a query.

    Lists of unassigned resources cost what reading all resources of the type and channel costs.

    Raises:
        ThrottledError, UnavailableError: The table could not be read.
    """
    ranges = _ranges(account_id, query)
    if not query.unassigned:
        return pages.page(ranges, query.page, query.size)
    every = chain.from_iterable(reads.query_all(each) for each in ranges)
    window = pages.cut(_unassigned(every), query.page * query.size, query.size)
    return pages.Page(window.items, query.page, query.size, window.total)


def _ranges(account_id: str, query: ResourceQuery) -> list[KeyRange[AssociationItem]]:
    if query.channel is None and query.resource_type is None:
        return [keys.resource_links(account_id, kind) for kind in sorted(VALID_CHANNELS)]
    pairs = sorted(
        (kind, channel)
        for kind, channels in VALID_CHANNELS.items()
        for channel in channels
        if query.resource_type in {None, kind} and query.channel in {None, channel}
    )
    return [keys.resource_links(account_id, *pair) for pair in pairs]


def _unassigned(items: Iterable[AssociationItem]) -> Iterator[AssociationItem]:
    """Yield the resources whose only owner on a channel is ``default`` without entity."""
    for _, group in groupby(items, lambda item: identities.of(item)[1:4]):
        owners = list(group)
        if all(one == one.by_default() for one in map(identities.of, owners)):
            yield from owners
