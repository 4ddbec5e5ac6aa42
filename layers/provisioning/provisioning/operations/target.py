"""The target of a deletion or reassignment: where associations go."""

from dataclasses import dataclass

from provisioning.core.errors import InvalidError
from provisioning.core.identities import Identity
from provisioning.core.kinds import APPLICATION, ENTITY, Kind
from provisioning.resources import parents
from provisioning.table.items import Item

Parent = tuple[Kind, str]


@dataclass(frozen=True)
class Target:
    """Where associations go.

    Attributes:
        application_id: The application; None keeps each association's own.
        entity_id: The entity; None removes it.
        keeps_entity: Whether each association keeps its own entity instead.
    """

    application_id: str | None
    entity_id: str | None
    keeps_entity: bool = False

    def of(self, association: Identity) -> Identity:
        """Return what an association becomes."""
        entity_id = association.entity_id if self.keeps_entity else self.entity_id
        application_id = self.application_id or association.application_id
        return association._replace(application_id=application_id, entity_id=entity_id)

    def parents(self) -> set[Parent]:
        """Return the application and entity that it names."""
        named = {(APPLICATION, self.application_id), (ENTITY, self.entity_id)}
        return {(kind, name) for kind, name in named if name is not None}

    def members(self) -> Item:
        """Return it as clients write it: members that do not change are absent."""
        entity = {} if self.keeps_entity else {"entityId": self.entity_id}
        return entity | ({"applicationId": self.application_id} if self.application_id else {})

    @classmethod
    def from_members(cls, members: Item) -> "Target":
        """Return the target with the given ``members``."""
        return cls(members.get("applicationId"), members.get("entityId"), "entityId" not in members)


def require_existing(account_id: str, target: Target, prefix: str) -> None:
    """Check that the application and entity of a target exist.

    The error names the request's members with a prefix, for example ``target.``.

    Raises:
        InvalidError: One does not exist.
    """
    named = target.parents()
    missing = named - set(parents.generations(account_id, named))
    problems = {
        _member(prefix, kind): ["does not exist"]
        for kind, identifier in missing
        if identifier not in kind.built_in
    }
    if problems:
        raise InvalidError(problems)


def _member(prefix: str, kind: Kind) -> str:
    member = kind.id_member
    return prefix + (member if prefix.endswith(".") else member[0].upper() + member[1:])
