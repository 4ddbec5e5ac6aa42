"""What a key that is bound to applications and entities may see and change.

A binding is up to 20 pairs of an application and an entity, of which one may be missing:

* an association is the key's if one of the pairs **covers** it: the pair's application, if it
  has one, is the association's, and so is its entity, if it has one;
* an application or entity is **seen** if a pair names it;
* it is **changed** (created, renamed, deleted) only if a pair names it alone: deleting an
  application touches the associations of all its entities, and those are then the key's too.

So ``{applicationId: a}`` stands for ``a`` and all that is linked to it, with any entity;
``{entityId: e}`` for ``e`` and all that is linked to it, under any application; and
``{applicationId: a, entityId: e}`` for what is linked to both, and for reading the two.

Everything else is not there for such a key. Where only that can be said (reading, renaming,
deleting, linking) it is told just that; a create whose id lies outside is refused, whether the
id is taken or not.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from provisioning.core.errors import ForbiddenError, NotFoundError
from provisioning.core.kinds import APPLICATION, Kind

MAXIMUM_PAIRS = 20
"""Pairs that one key may be bound to."""


class Pair(NamedTuple):
    """One element of a binding: an application, an entity, or what the two have in common."""

    application_id: str | None
    entity_id: str | None

    def covers(self, application_id: str, entity_id: str | None) -> bool:
        """Tell whether an association with these parents belongs to the pair."""
        return self.application_id in {None, application_id} and self.entity_id in {None, entity_id}

    def names(self, kind: Kind, identifier: str) -> bool:
        """Tell whether the pair has this application or entity."""
        return identifier == (self.application_id if kind is APPLICATION else self.entity_id)

    def is_only(self, kind: Kind, identifier: str) -> bool:
        """Tell whether the pair is this application or entity, and nothing narrower."""
        other = self.entity_id if kind is APPLICATION else self.application_id
        return other is None and self.names(kind, identifier)


@dataclass(frozen=True)
class Binding:
    """What a key is bound to.

    Attributes:
        pairs: The pairs; none for a key that is not bound, to which all is open.
    """

    pairs: tuple[Pair, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether the key is not bound."""
        return not self.pairs

    def covers(self, application_id: str, entity_id: str | None) -> bool:
        """Tell whether an association with these parents is the key's."""
        return self.is_open or any(pair.covers(application_id, entity_id) for pair in self.pairs)

    def sees(self, kind: Kind, identifier: str) -> bool:
        """Tell whether the key may read this application or entity."""
        return self.is_open or any(pair.names(kind, identifier) for pair in self.pairs)

    def owns(self, kind: Kind, identifier: str) -> bool:
        """Tell whether the key may change this application or entity."""
        return self.is_open or any(pair.is_only(kind, identifier) for pair in self.pairs)

    def require_covered(self, application_id: str, entity_id: str | None) -> None:
        """Let associations that are the key's pass.

        Raises:
            NotFoundError: It is not, and so is not there.
        """
        if not self.covers(application_id, entity_id):
            raise NotFoundError

    def require_seen(self, kind: Kind, identifier: str) -> None:
        """Let applications and entities that the key may read pass.

        Raises:
            NotFoundError: It may not, so there is none.
        """
        if not self.sees(kind, identifier):
            raise NotFoundError

    def require_owned(self, kind: Kind, identifier: str) -> None:
        """Let applications and entities that the key may change pass.

        Raises:
            NotFoundError: It may not even read it, so there is none.
            ForbiddenError: It may read it and not change it.
        """
        self.require_seen(kind, identifier)
        if not self.owns(kind, identifier):
            raise ForbiddenError

    def require_creatable(self, kind: Kind, identifier: str) -> None:
        """Let ids pass under which the key may create an application or entity.

        Raises:
            ForbiddenError: It may not, whether or not there is one of this id.
        """
        if not self.owns(kind, identifier):
            raise ForbiddenError

    def named(self, kind: Kind) -> list[str]:
        """Return the ids of a kind that the pairs name, in the order of lists."""
        ids = (
            pair.application_id if kind is APPLICATION else pair.entity_id for pair in self.pairs
        )
        return sorted({identifier for identifier in ids if identifier is not None})


OPEN = Binding()
"""What a key that is not bound has."""


def simplified(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """Return the pairs without those that a broader one among them contains, in their order."""
    unique = list(dict.fromkeys(pairs))
    return tuple(
        pair
        for pair in unique
        if not any(broad != pair and _contains(broad, pair) for broad in unique)
    )


def _contains(broad: Pair, narrow: Pair) -> bool:
    return broad.application_id in {None, narrow.application_id} and broad.entity_id in {
        None,
        narrow.entity_id,
    }
