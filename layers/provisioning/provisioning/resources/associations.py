"""Resource associations: which resource is linked to which application and entity.

An association is three items, written in one transaction: its own, which stands under its
application, one that lists it under its entity (or under none), and one that lists it under its
resource. So whoever reads any of them sees the same (docs/adr/0080). They carry the same marks:

* ``creationId``, unique to this making of it;
* ``applicationGeneration`` and ``entityGeneration``, those of its parents when it was made (none
  for the application ``default``, which is always the same one).

**Stale** is an association one of whose parents no longer has the generation it remembers. That
is decided by reading the parents *after* the association: the generation existed before the
association did and never returns, so if it is not the present one, it is gone for good.
"""

from collections.abc import Iterable, Mapping, Sequence

from provisioning.core.clock import in_days
from provisioning.core.errors import (
    ConflictError,
    NotFoundError,
    RepeatedError,
    StaleError,
    ThrottledError,
)
from provisioning.core.identities import MEMBERS, Identity
from provisioning.core.kinds import APPLICATION, DEFAULT_APPLICATION, ENTITY, Kind
from provisioning.core.origins import SYSTEM, Origin
from provisioning.resources import parents
from provisioning.table import dynamodb, keys, versions
from provisioning.table.dynamodb import ConditionFailedError, Item, Write
from provisioning.table.keys import Key, KeyRange
from provisioning.table.versions import ANY, Wanted

Marks = dict[str, str]
"""Generations by the attribute that remembers them."""
Generations = Mapping[tuple[Kind, str], str]
"""Generations by the parents whose they are."""

DEPARTURE_KEPT_DAYS = 1
"""How long an item that tells of a departure stands: as long as the stream has its record."""
_TAKE_OVER_TRIES = 5


def shown(item: Item) -> Item:
    """Return what a client sees of an item."""
    return {member: item[member] for member in MEMBERS if member in item}


def key_of(account_id: str, association: Identity) -> Key:
    """Return the key of an association's own item."""
    return keys.association(account_id, *association)


TYPES = ("association", "entityLink", "resourceLink")
"""The types of an association's items, in the order of ``keys_of``."""


def keys_of(account_id: str, association: Identity) -> list[Key]:
    """Return the keys of an association's items: its own, its entity's, its resource's."""
    key_functions = (keys.association, keys.entity_link, keys.resource_link)
    return [key_function(account_id, *association) for key_function in key_functions]


def items_of(
    account_id: str,
    association: Identity,
    creation_id: str,
    marks: Marks,
    origin: Origin | None = None,
) -> list[Item]:
    """Return the items of a new association, in the order of ``keys_of``.

    Args:
        account_id: The account.
        association: What they stand for.
        creation_id: The id of this making of it.
        marks: The generations of its parents.
        origin: Who links it; none where an operation does so, which tells of it by itself.
    """
    content = association.members() | marks
    own, *links = [
        dynamodb.key_attributes(key) | {"type": kind, "creationId": creation_id} | content
        for key, kind in zip(keys_of(account_id, association), TYPES, strict=True)
    ]
    return [own | (origin.marks() if origin else {}), *links]


def departure(
    account_id: str, action: str, association: Identity, origin: Origin, **further: str | None
) -> Write:
    """Return the write that tells, for the audit, of an association that is removed with it.

    A removed item's stream record only shows how it was, not who removed it.
    """
    item = dynamodb.key_attributes(keys.departure(account_id, keys.new_id())) | {
        "type": "departure",
        "action": action,
        **association.members(),
        **further,
        **origin.marks(),
        "expiresAt": in_days(DEPARTURE_KEPT_DAYS),
    }
    return dynamodb.create(item)


def linked_to(account_id: str, kind: Kind, identifier: str, *pair: str) -> KeyRange:
    """Return where everything that is linked to an application or entity stands.

    Args:
        account_id: The account.
        kind: Which of the two.
        identifier: Its id.
        pair: Of this resource type and channel only, as far as given.
    """
    if kind is APPLICATION:
        return keys.associations(account_id, identifier, *pair)
    return keys.entity_links(account_id, identifier, *pair)


# --- what an association hangs on ------------------------------------------------------------


def parents_of(association: Identity) -> dict[str, tuple[Kind, str]]:
    """Return the parents that an association needs, by the attribute with their generation."""
    needed: dict[str, tuple[Kind, str]] = {}
    if association.application_id != DEFAULT_APPLICATION:
        needed["applicationGeneration"] = (APPLICATION, association.application_id)
    if association.entity_id is not None:
        needed["entityGeneration"] = (ENTITY, association.entity_id)
    return needed


def remembered(item: Item) -> Marks:
    """Return the generations that an association's item remembers."""
    return {
        name: item[name] for name in ("applicationGeneration", "entityGeneration") if name in item
    }


def _present(account_id: str, association: Identity) -> Marks:
    """Return the generations of the parents as they are now.

    Raises:
        NotFoundError: One does not exist.
    """
    found = parents.generations(account_id, set(parents_of(association).values()))
    return _marks(association, found)


def _marks(association: Identity, generations: Generations) -> Marks:
    """Return those of some generations that an association has to remember.

    Raises:
        NotFoundError: A parent of it is not among them.
    """
    needed = parents_of(association)
    if not generations.keys() >= set(needed.values()):
        raise NotFoundError
    return {attribute: generations[parent] for attribute, parent in needed.items()}


def generations_for(account_id: str, associations: Iterable[Identity]) -> Generations:
    """Return the present generations of all parents of some associations that exist.

    What is made by them may be written later: a parent that is deleted meanwhile finds it as it
    finds what was written just before.
    """
    needed = {parent for each in associations for parent in parents_of(each).values()}
    return parents.generations(account_id, needed)


# --- operations ------------------------------------------------------------------------------


def create(
    account_id: str,
    association: Identity,
    origin: Origin = SYSTEM,
    alongside: Sequence[Write] = (),
    made: list[Item] | None = None,
) -> None:
    """Link a resource.

    Where the same association still stands from a parent that was deleted since, its pending
    reset is carried out here and the new one takes its place, in one transaction.

    Args:
        account_id: The account.
        association: What is to be linked to what.
        origin: Who asks for it.
        alongside: What to write in the same transaction.
        made: The items of ``new_items``, where they were tried to be written before.

    Raises:
        NotFoundError: The application or the entity does not exist.
        ConflictError: The association exists.
        ThrottledError: It kept changing while it was being taken over.
        RepeatedError: What was to be written alongside shows that this was done before.
    """
    if made is None:
        marks = _present(account_id, association)
        made = items_of(account_id, association, keys.new_id(), marks, origin)
    creation_id = made[0]["creationId"]
    standing = _create(made, alongside)
    for _ in range(_TAKE_OVER_TRIES):
        if standing is None or standing["creationId"] == creation_id:
            return
        marks = _present(account_id, association)
        made = items_of(account_id, association, creation_id, marks, origin)
        if (error := conflict(standing, made[0])) is not None:
            raise error
        standing = _take_over(account_id, association, standing, made, alongside)
    raise ThrottledError


def conflict(standing: Item, made: Item) -> ConflictError | None:
    """Return the error of a create that has found its association standing.

    Args:
        standing: The association's own item as it was found.
        made: The one that was to be created.

    Returns:
        None where the two are the same, or the standing one is stale: it can be replaced.
    """
    if standing["creationId"] == made["creationId"] or remembered(standing) != remembered(made):
        return None
    return ConflictError(f"The association of {made['resourceId']} already exists")


def new_items(
    account_id: str, association: Identity, origin: Origin, generations: Generations
) -> list[Item]:
    """Return the items of a new association whose parents were read together with others'.

    Args:
        account_id: The account.
        association: What is to be linked to what.
        origin: Who asks for it.
        generations: Those of ``generations_for``.

    Raises:
        NotFoundError: A parent is not among them.
    """
    marks = _marks(association, generations)
    return items_of(account_id, association, keys.new_id(), marks, origin)


def _create(made: list[Item], alongside: Sequence[Write]) -> Item | None:
    """Write a new association's items; return the one that stands in their place, if any."""
    writes = [dynamodb.create(item) for item in made]
    try:
        dynamodb.transact([*writes, *alongside])
    except ConditionFailedError as error:
        _refuse_repetition(error, len(writes))
        return error.found[0]
    return None


def _refuse_repetition(error: ConditionFailedError, before: int) -> None:
    """Raise ``RepeatedError`` where the condition of a write alongside has failed."""
    if any(position >= before for position in error.found):
        raise RepeatedError from None


def _take_over(
    account_id: str,
    association: Identity,
    standing: Item,
    made: list[Item],
    alongside: Sequence[Write],
) -> Item | None:
    """Replace a stale association, and leave its resource under ``default`` as a reset would.

    Returns:
        The item that stands in the way now, or None when the new one is in place.
    """
    expected = {"creationId": standing["creationId"]}
    writes = [dynamodb.replace(item, **expected) for item in made]
    left_behind = keep(account_id, association.by_default())
    try:
        dynamodb.transact([*writes, *left_behind, *alongside])
    except ConditionFailedError as error:
        _refuse_repetition(error, len(writes) + len(left_behind))
        now_standing = dynamodb.get(key_of(account_id, association))
        return now_standing if now_standing is not None else _create(made, alongside)
    return None


def keep(account_id: str, association: Identity) -> list[Write]:
    """Return the writes after which an association without revocable parents certainly stands.

    It is made if it is missing and checked if it is there, by what a read finds now; if that
    changes before the write, the write's condition fails. It gets a share that nothing gives back
    (see ``moves``): what is undone later leaves it.
    """
    own, *listed = keys_of(account_id, association)
    standing = dynamodb.get(own)
    if standing is None:
        made = items_of(account_id, association, keys.new_id(), {})
        return [dynamodb.create(item | {"shares": 1}) for item in made]
    expected = {name: standing.get(name) for name in ("creationId", "shares")}
    if expected["shares"] is None:
        return [dynamodb.require(own, **expected)]
    more = {"shares": expected["shares"] + 1}
    return [dynamodb.change(key, more, **expected) for key in (own, *listed)]


def delete(
    account_id: str, association: Identity, origin: Origin = SYSTEM, wanted: Wanted = ANY
) -> None:
    """Remove a link; the resource itself is none of this system's.

    Raises:
        NotFoundError: There is no such association.
        StaleError: It is not in a version that is wanted.
    """
    expected: dict[str, str] = {}
    if not wanted.is_any:
        item = get(account_id, association)
        wanted.require(versions.of(item))
        expected = {"creationId": item["creationId"]}
    try:
        dynamodb.transact(removal(account_id, association, origin, **expected))
    except ConditionFailedError:
        raise (NotFoundError if wanted.is_any else StaleError) from None


def has_departed(told: Write) -> bool:
    """Tell whether a removal's note of who did it stands, and so the removal took effect."""
    return dynamodb.get(dynamodb.key_of(dynamodb.decode(told.parameters["Item"]))) is not None


def removal(account_id: str, association: Identity, origin: Origin, **expected: str) -> list[Write]:
    """Return the writes, for a transaction, that remove an association and tell who did it."""
    return [
        *(dynamodb.remove(key, **expected) for key in keys_of(account_id, association)),
        departure(account_id, "UNLINKED", association, origin),
    ]


def get(account_id: str, association: Identity) -> Item:
    """Return the item of exactly this association.

    Raises:
        NotFoundError: There is none.
    """
    item = dynamodb.get(key_of(account_id, association))
    if item is None:
        raise NotFoundError
    return item
