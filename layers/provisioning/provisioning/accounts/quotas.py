"""How many applications, entities and associations an account may have.

What an account has is counted by the page directory, not by a counter that every create would have
to write. A process trusts a count for a minute and adds what it lets through itself; once nine
tenths are used, it counts for every create.

**Guaranteed**: a create that starts after the limit was reached is refused, unless the account
grew by more than a tenth of the limit within the last minute, or at the same moment: by so much it
can be exceeded, and no more. **Costs** one count (at most about 25 read units) for each process and
minute in which it creates something.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from provisioning.accounts import rate_limits
from provisioning.core.errors import ThrottledError
from provisioning.core.kinds import APPLICATION, ENTITY
from provisioning.paging import pages
from provisioning.table import keys
from provisioning.table.keys import KeyRange

ASSOCIATIONS = "associations"
COLLECTIONS = (APPLICATION.collection, ENTITY.collection, ASSOCIATIONS)
"""What there is a quota of."""

TRUSTED_SECONDS = 60
_COUNTS = 1000
RETRY_SECONDS = 3600
"""What a client is told: a quota is not used up for a moment only."""


class Holder(Protocol):
    """Whose quota it is: who makes a request, or the account that a message names."""

    @property
    def account_id(self) -> str:
        """The account."""

    @property
    def limits(self) -> Mapping[str, int]:
        """Its limits, where they are not those of all."""


@dataclass
class _Count:
    found: int
    at: float
    let_through: int = 0

    @property
    def total(self) -> int:
        return self.found + self.let_through


_counts: dict[KeyRange, _Count] = {}


def require_room(holder: Holder, collection: str, member: str) -> None:
    """Let a create through while the account has not all that it may have.

    Args:
        holder: Whose it will be.
        collection: What is to be created.
        member: The member of the request that is to be told of.

    Raises:
        ThrottledError: The account has as many as it may have, which its ``problems`` tell; or they
            could not be counted.
        UnavailableError: They could not be counted.
    """
    if not room(holder, collection, 1):
        raise used_up(holder, collection, member)


def room(holder: Holder, collection: str, wanted: int) -> int:
    """Return how many of so many creates the account has room for; they count as let through."""
    allowed = rate_limits.allowed(holder.limits).get(collection)
    if not allowed:
        return wanted
    counted = _trusted(standing(holder.account_id, collection), allowed, wanted)
    granted = max(0, min(wanted, allowed - counted.total))
    counted.let_through += granted
    return granted


def used_up(holder: Holder, collection: str, member: str) -> ThrottledError:
    """Return what is told of a create for which there is no room."""
    allowed = rate_limits.allowed(holder.limits)[collection]
    message = f"the account may have {allowed} {collection}, and has them"
    return ThrottledError(RETRY_SECONDS, {member: [message]})


def _trusted(key_range: KeyRange, allowed: int, wanted: int) -> _Count:
    known = _counts.get(key_range)
    fresh = known is not None and 0 <= time.time() - known.at < TRUSTED_SECONDS
    if known is None or not fresh or known.total + wanted > allowed * 9 // 10:
        if len(_counts) >= _COUNTS:
            _counts.clear()
        known = _counts[key_range] = _Count(pages.total([key_range]), time.time())
    return known


def standing(account_id: str, collection: str) -> KeyRange:
    """Return where what there is a quota of stands."""
    if collection == ASSOCIATIONS:
        return keys.associations(account_id)
    kind = APPLICATION if collection == APPLICATION.collection else ENTITY
    return keys.parents(account_id, kind)
