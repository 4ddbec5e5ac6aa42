"""Which application or entity a restricted API key means by an id.

A restriction names an id and stores the generation that had it. It means that application or
entity, also once its deletion was undone, and one that the key itself has created with the id. It
does not mean another one that somebody else creates with the same id later.

Processes cache keys for some seconds. So a request of a restricted key checks in its own condition,
or with what it reads anyway, that the id still means the same.
"""

from dataclasses import dataclass

from provisioning.accounts.principals import Principal
from provisioning.core.kinds import Kind
from provisioning.table.item_types import ParentItem
from provisioning.table.items import Item, generations_of
from provisioning.table.operation_types import ParentTombstone


def means(parent: ParentItem | ParentTombstone, generation: str | None, key_id: str) -> bool:
    """Return whether a key's restriction means an application or entity.

    Args:
        parent: The application or entity, or the tombstone of the last one with the id.
        generation: The generation that the restriction stores; None if nothing had the id.
        key_id: The key.
    """
    if parent.get("createdBy") == key_id:
        return True
    return generation in generations_of(parent)


@dataclass(frozen=True)
class Meant:
    """What a restricted API key means by the id of an application or entity.

    Attributes:
        generation: The generation that had the id when the key was looked up, or before; None if
            nothing had it.
        key_id: The key.
    """

    generation: str | None
    key_id: str

    def expected(self) -> Item:
        """Return the values by which a write recognises what the key means, as far as it knows."""
        return {"generation": self.generation} if self.generation else {"createdBy": self.key_id}

    def includes(self, parent: ParentItem) -> bool:
        """Return whether the key means an application or entity that exists."""
        return means(parent, self.generation, self.key_id)


def of(principal: Principal, kind: Kind, identifier: str) -> Meant | None:
    """Return what a key means by an id; None if it may mean whatever has the id."""
    pairs = [pair for pair in principal.binding.pairs if pair.names(kind, identifier)]
    if not pairs:
        return None
    known = (pair.generation_of(kind) for pair in pairs)
    generation = next((one for one in known if one is not None), None)
    return Meant(generation, principal.key_id)


def is_meant(principal: Principal, kind: Kind, identifier: str, parent: ParentItem) -> bool:
    """Return whether an application or entity is what a key means by its id."""
    meant = of(principal, kind, identifier)
    return meant is None or meant.includes(parent)
