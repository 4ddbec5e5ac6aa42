"""Quotas: how many applications, entities and associations an account may have.

They are counted by the page index, so there is no counter that every create would have to write. A
process reuses a count for a minute and adds its own creates. Once nine tenths of the quota are
used, it counts for every create.

**Guaranteed**: a create that starts after the quota is used up is refused, unless the account grew
by more than a tenth of the quota within the last minute, or at the same moment. The quota can be
exceeded by that much and no more. **Cost**: one count (at most about 25 read units) for each
process and minute in which it creates something.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from provisioning.accounts import limits
from provisioning.core.errors import ThrottledError
from provisioning.core.kinds import APPLICATION, ENTITY
from provisioning.paging import pages
from provisioning.table import keys
from provisioning.table.primary_keys import KeyRange

ASSOCIATIONS = "associations"
COLLECTIONS = (APPLICATION.collection, ENTITY.collection, ASSOCIATIONS)
"""The collections that have a quota."""

REUSED_SECONDS = 60
_COUNTS = 1000
RETRY_SECONDS = 3600
"""``Retry-After`` of a refused create: a used-up quota does not refill on its own."""


class Holder(Protocol):
    """The account of a quota: a principal, or the account of a message."""

    @property
    def account_id(self) -> str:
        """The account."""

    @property
    def limits(self) -> Mapping[str, int]:
        """The account's limits that differ from those of all accounts."""


@dataclass
class _Count:
    found: int
    at: float
    created: int = 0

    @property
    def total(self) -> int:
        return self.found + self.created


_counts: dict[KeyRange, _Count] = {}


def require_room(holder: Holder, collection: str, member: str) -> None:
    """Check that the quota has room for one more; an error names the member of the request.

    Raises:
        ThrottledError: The quota is used up, or the items could not be counted.
        UnavailableError: The items could not be counted.
    """
    if not room(holder, collection, 1):
        raise used_up(holder, collection, member)


def room(holder: Holder, collection: str, requested: int) -> int:
    """Return how many of the requested creates the quota has room for, and count these."""
    allowed = limits.allowed(holder.limits).get(collection)
    if not allowed:
        return requested
    counted = _count(items_of(holder.account_id, collection), allowed, requested)
    granted = max(0, min(requested, allowed - counted.total))
    counted.created += granted
    return granted


def used_up(holder: Holder, collection: str, member: str) -> ThrottledError:
    """Return the error of a create for which the quota has no room."""
    allowed = limits.allowed(holder.limits)[collection]
    message = f"the account may have {allowed} {collection}, and has them"
    return ThrottledError(RETRY_SECONDS, {member: [message]})


def _count(key_range: KeyRange, allowed: int, requested: int) -> _Count:
    known = _counts.get(key_range)
    fresh = known is not None and 0 <= time.time() - known.at < REUSED_SECONDS
    if known is None or not fresh or known.total + requested > allowed * 9 // 10:
        if len(_counts) >= _COUNTS:
            _counts.clear()
        known = _counts[key_range] = _Count(pages.total([key_range]), time.time())
    return known


def items_of(account_id: str, collection: str) -> KeyRange:
    """Return the range of the items that a quota counts."""
    if collection == ASSOCIATIONS:
        return keys.associations(account_id)
    kind = APPLICATION if collection == APPLICATION.collection else ENTITY
    return keys.parents(account_id, kind)
