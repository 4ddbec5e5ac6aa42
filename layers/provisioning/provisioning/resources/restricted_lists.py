"""Lists of associations for a restricted API key."""

import heapq
from collections.abc import Iterator, Sequence

from provisioning.accounts.restrictions import Binding, Pair
from provisioning.paging import pages
from provisioning.resources import queries
from provisioning.resources.association_shapes import AssociationQuery
from provisioning.resources.filters import meets
from provisioning.table import keys, reads
from provisioning.table.item_types import AssociationItem
from provisioning.table.primary_keys import KeyRange


def list_page(
    account_id: str, query: AssociationQuery, binding: Binding
) -> pages.Page[AssociationItem]:
    """Return one page of the associations that meet all filters and that the binding covers.

    Each pair of the binding is a range of the table. The ranges are merged as they are read.
    """
    filters = queries.filters_of(query)
    merged = heapq.merge(
        *(
            _of_pair(account_id, query, binding.pairs[:position], pair)
            for position, pair in enumerate(binding.pairs)
        ),
        key=queries.order,
    )
    return pages.cut(merged, query.page, query.size, lambda item: meets(item, filters))


def _of_pair(
    account_id: str, query: AssociationQuery, earlier: Sequence[Pair], pair: Pair
) -> Iterator[AssociationItem]:
    """Yield the associations that a pair covers and no earlier one does, in order."""
    application_id = pair.application_id or query.application_id
    entity_id = pair.entity_id or query.entity_id
    if query.application_id in {None, application_id} and query.entity_id in {None, entity_id}:
        for item in reads.query_all(_range(account_id, application_id, entity_id)):
            parents_of_item = (item["applicationId"], item.get("entityId"))
            if not any(other.covers(*parents_of_item) for other in earlier):
                yield item


def _range(
    account_id: str, application_id: str | None, entity_id: str | None
) -> KeyRange[AssociationItem]:
    """Return the range of the associations of an application, an entity or both."""
    if entity_id is not None:
        return keys.entity_links(account_id, entity_id, application_id)
    return keys.associations(account_id, application_id)
