"""Bindings: the applications and entities to which an API key is restricted.

A binding is up to 20 pairs of an application and an entity, one of which may be missing:

* The key may use an association if a pair **covers** it: the pair's application, if it has one, is
  the association's, and so is its entity, if it has one.
* It may use a sending strategy if a pair covers all messages that the strategy is for.
* It may create an association that a pair covers, if the side that the pair leaves open is empty
  (no entity, or the application ``default``), is named by another pair, or the pair says that it
  may be any (``links_any``). So a key cannot find out which ids others use, nor appear among
  theirs.
* The key may read an application or entity if a pair names it.
* It may change it (create, rename, delete) only if a pair names it alone, because deleting an
  application also moves the associations of all its entities.

So ``{applicationId: a}`` gives ``a`` and all its associations, with any entity; ``{entityId: e}``
gives ``e`` and all its associations, under any application; ``{applicationId: a, entityId: e}``
gives the associations of both, and lets the key read the two.

Everything else does not exist for such a key: it gets "not found". Only creating an id outside the
binding is forbidden, whether or not the id exists.

A pair means the application or entity that had the id when the key was created, not its namesake:
it stores its generation. If that parent is deleted, the pair gives nothing but the right to create
it; once somebody else has created the id again, the pair gives nothing at all (module
``authentication``).
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from provisioning.core.errors import ForbiddenError, NotFoundError
from provisioning.core.kinds import APPLICATION, ENTITY, Kind

NEVER = "~"
"""A moment after all others."""

MAXIMUM_PAIRS = 20
"""Pairs that a binding may have."""


class Pair(NamedTuple):
    """One element of a binding: an application, an entity, or both.

    Attributes:
        application_id: The application; None for any.
        entity_id: The entity; None for any.
        links_any: Whether the key may associate the side that is given with any other side.
        application_generation: The generation of the application when the key was created; of a
            key that makes a request, when it was looked up. None if there was none.
        entity_generation: The same for the entity.
        application_since: When the application was created, or the key if there was none: what
            happened before concerns a namesake. ``NEVER`` if the last one of the id, which does not
            exist any more, was a namesake.
        entity_since: The same for the entity.
    """

    application_id: str | None
    entity_id: str | None
    links_any: bool = False
    application_generation: str | None = None
    entity_generation: str | None = None
    application_since: str = ""
    entity_since: str = ""

    def parents(self) -> Iterator[tuple[Kind, str, str | None]]:
        """Yield kind, id and stored generation of the application and the entity."""
        if self.application_id is not None:
            yield APPLICATION, self.application_id, self.application_generation
        if self.entity_id is not None:
            yield ENTITY, self.entity_id, self.entity_generation

    def covers(self, application_id: str | None, entity_id: str | None) -> bool:
        """Return whether the pair covers what has these parents; None: any, or no entity."""
        return self.application_id in {None, application_id} and self.entity_id in {None, entity_id}

    def generation_of(self, kind: Kind) -> str | None:
        """Return the stored generation of the application or of the entity."""
        return self.application_generation if kind is APPLICATION else self.entity_generation

    @property
    def since(self) -> str:
        """When the later of the application and the entity that are given was created."""
        return max(self.application_since, self.entity_since)

    def names(self, kind: Kind, identifier: str) -> bool:
        """Return whether the pair names this application or entity."""
        return identifier == (self.application_id if kind is APPLICATION else self.entity_id)

    def is_only(self, kind: Kind, identifier: str) -> bool:
        """Return whether the pair names this application or entity alone."""
        other = self.entity_id if kind is APPLICATION else self.application_id
        return other is None and self.names(kind, identifier)


@dataclass(frozen=True)
class Binding:
    """The restriction of an API key.

    Attributes:
        pairs: The pairs. A restricted key can have none left, and then sees nothing.
        is_open: Whether the key is unrestricted.
    """

    pairs: tuple[Pair, ...] = ()
    is_open: bool = False

    @classmethod
    def of(cls, pairs: tuple[Pair, ...]) -> "Binding":
        """Return the binding of a key with these pairs; none for an unrestricted key."""
        return cls(pairs, is_open=not pairs)

    def covers(self, application_id: str, entity_id: str | None) -> bool:
        """Return whether the key may use an association with these parents."""
        return self.is_open or any(pair.covers(application_id, entity_id) for pair in self.pairs)

    def covered(self, application_id: str, entity_id: str | None, at: str) -> bool:
        """Return whether the key may learn of an association that existed at a moment.

        It may not if the application or entity was a namesake then, which was deleted.
        """
        return self.is_open or any(
            pair.covers(application_id, entity_id) and pair.since <= at for pair in self.pairs
        )

    def covers_all(
        self, application_id: str | None, entity_id: str | None, at: str = NEVER
    ) -> bool:
        """Return whether the key may use all associations with these parents; None: any parent.

        At an earlier moment it may not if the application or entity was a namesake then.
        """
        return self.is_open or any(
            pair.application_id in {None, application_id}
            and pair.entity_id in {None, entity_id}
            and pair.since <= at
            for pair in self.pairs
        )

    def may_link(self, application_id: str, entity_id: str | None) -> bool:
        """Return whether the key may create an association with these parents."""
        return self.is_open or any(
            pair.covers(application_id, entity_id)
            and self._may_complete(pair, application_id, entity_id)
            for pair in self.pairs
        )

    def _may_complete(self, pair: Pair, application_id: str, entity_id: str | None) -> bool:
        """Return whether the side that a pair leaves open may have this value."""
        if pair.links_any:
            return True
        if pair.application_id is None and application_id not in APPLICATION.built_in:
            return self.sees(APPLICATION, application_id)
        if pair.entity_id is None and entity_id is not None:
            return self.sees(ENTITY, entity_id)
        return True

    def sees(self, kind: Kind, identifier: str) -> bool:
        """Return whether the key may read this application or entity."""
        return self.is_open or any(pair.names(kind, identifier) for pair in self.pairs)

    def owns(self, kind: Kind, identifier: str) -> bool:
        """Return whether the key may change this application or entity."""
        return self.is_open or any(pair.is_only(kind, identifier) for pair in self.pairs)

    def saw(self, kind: Kind, identifier: str, at: str) -> bool:
        """Return whether the key may learn of a change of this application or entity at a moment.

        It may not if that was a namesake, which was deleted.
        """
        return self.is_open or any(
            pair.names(kind, identifier) and pair.since <= at for pair in self.pairs
        )

    def owned_since(self, kind: Kind, identifier: str) -> str:
        """Return since when the key may change this application or entity, which it owns."""
        owned = (pair.since for pair in self.pairs if pair.is_only(kind, identifier))
        return min(owned, default="")

    def require_covered(self, application_id: str, entity_id: str | None) -> None:
        """Check that the key may use an association with these parents.

        Raises:
            NotFoundError: It may not, so the association does not exist for it.
        """
        if not self.covers(application_id, entity_id):
            raise NotFoundError

    def require_linkable(self, application_id: str, entity_id: str | None) -> None:
        """Check that the key may create an association with these parents.

        Raises:
            NotFoundError: It may not, whether or not they exist.
        """
        if not self.may_link(application_id, entity_id):
            raise NotFoundError

    def require_seen(self, kind: Kind, identifier: str) -> None:
        """Check that the key may read an application or entity.

        Raises:
            NotFoundError: It may not, so the parent does not exist for it.
        """
        if not self.sees(kind, identifier):
            raise NotFoundError

    def require_owned(self, kind: Kind, identifier: str) -> None:
        """Check that the key may change an application or entity.

        Raises:
            NotFoundError: It may not read it either, so the parent does not exist for it.
            ForbiddenError: It may read it but not change it.
        """
        self.require_seen(kind, identifier)
        if not self.owns(kind, identifier):
            raise ForbiddenError

    def require_creatable(self, kind: Kind, identifier: str) -> None:
        """Check that the key may create an application or entity with this id.

        Raises:
            ForbiddenError: It may not, whether or not the id exists.
        """
        if not self.owns(kind, identifier):
            raise ForbiddenError

    def named(self, kind: Kind) -> list[str]:
        """Return the ids of a kind that the pairs name, in the order of lists."""
        ids = (
            pair.application_id if kind is APPLICATION else pair.entity_id for pair in self.pairs
        )
        return sorted({identifier for identifier in ids if identifier is not None})


OPEN = Binding(is_open=True)
"""The binding of an unrestricted key."""


def simplified(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """Return the pairs in order, without those that a broader one contains."""
    unique = list(dict.fromkeys(pairs))
    return tuple(
        pair
        for pair in unique
        if not any(broad != pair and _contains(broad, pair) for broad in unique)
    )


def _contains(broad: Pair, narrow: Pair) -> bool:
    return (
        broad.application_id in {None, narrow.application_id}
        and broad.entity_id in {None, narrow.entity_id}
        and (broad.links_any or not narrow.links_any)
        # A pair of both lets the key link the two, which the broader one alone does not.
        and (broad.links_any or None in {narrow.application_id, narrow.entity_id})
    )
