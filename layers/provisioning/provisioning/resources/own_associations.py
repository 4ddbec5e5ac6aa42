"""Which associations and sending strategies of the ids that a restricted API key names are its own.

While an operation moves the associations of a deleted application or entity, they are still listed
under its id, and so are its strategies. If somebody has created the id again, they belong to
another tenant. Both store the generations of their parents, so they show by themselves whose they
are. Only a generation that was not known when the key was looked up needs a read: the key may have
created the application again, or it was restored.
"""

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from provisioning.accounts import meant_parents
from provisioning.accounts.principals import Principal
from provisioning.accounts.restrictions import Pair
from provisioning.core.kinds import KINDS
from provisioning.resources import parents
from provisioning.table.items import generations_of


def is_own(principal: Principal) -> Callable[[Mapping[str, Any]], bool]:
    """Return the check whether an API key may see an association or strategy.

    It takes its item, and reads each application or entity once at most. It raises ThrottledError
    and UnavailableError if that cannot be read.
    """

    @cache
    def is_meant(kind_name: str, identifier: str, generation: str | None) -> bool:
        kind = KINDS[kind_name]
        meant = meant_parents.of(principal, kind, identifier)
        if meant is None or meant.generation == generation:
            return True
        parent = parents.find(principal.account_id, {(kind, identifier)}).get((kind, identifier))
        return (
            parent is not None and meant.includes(parent) and generation in generations_of(parent)
        )

    def is_of(pair: Pair, item: Mapping[str, Any]) -> bool:
        return pair.covers(item.get("applicationId"), item.get("entityId")) and all(
            identifier in kind.built_in
            or is_meant(kind.name, identifier, item.get(f"{kind.name}Generation"))
            for kind, identifier, _ in pair.parents()
        )

    return lambda item: (
        principal.binding.is_open or any(is_of(pair, item) for pair in principal.binding.pairs)
    )
