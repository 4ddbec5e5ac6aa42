"""Creating associations, also where an operation has yet to move one out of the way.

If the parent of an association was deleted and created again, the association may still be in the
place where a client creates it again. It is moved first, as the operation that deleted its parent
moves it, and counts there like an orphan.
"""

from collections.abc import Iterable, Sequence

from provisioning.accounts.principals import Principal
from provisioning.core.identities import Identity
from provisioning.core.origins import SYSTEM, Origin
from provisioning.resources import associations
from provisioning.resources.associations import StaleAssociationError
from provisioning.table.item_types import AssociationItem
from provisioning.table.items import Item
from provisioning.table.retries import retry_on_conflict
from provisioning.table.writes import Write


def create(
    account_id: str,
    association: Identity,
    origin: Origin = SYSTEM,
    alongside: Sequence[Write] = (),
    made: list[AssociationItem] | None = None,
    principal: Principal | None = None,
) -> None:
    """Create an association.

    Raises:
        NotFoundError: The application or the entity does not exist, or is not what the API key
            (``principal``) means by its id.
        ConflictError: The association exists.
        RepeatedError: A write alongside shows that the request was carried out before.
        ThrottledError: It kept changing, or the table was throttled.
        UnavailableError: The table could not be read or written.
    """
    tried = made

    def attempt() -> None:
        nonlocal tried
        try:
            associations.create(account_id, association, origin, alongside, tried, principal)
        except StaleAssociationError as error:
            tried = None  # The parents may be others by now.
            move_away([error.item])
            raise

    retry_on_conflict(attempt, conflict=StaleAssociationError)


def move_away(stale: Iterable[Item]) -> None:
    """Move stale associations out of the places where others are created.

    Raises:
        ThrottledError, UnavailableError: The table could not be read or written.
    """
    # Rare, and half of the modules of package `operations`, which every cold start would load.
    from provisioning.operations import orphans  # noqa: PLC0415

    orphans.check(stale)
