"""Deleting an application or entity as the client wishes, and bringing back what was deleted.

What a deletion does with the links (``onLinked``) is said by the request, or else by the account's
settings, or it is the published behaviour:

* ``reset``: they go to application ``default``, without entity;
* ``refuse``: as long as there are any, nothing is deleted;
* ``reassign``: they go to a target.

``If-Match`` takes the version of the application or entity, and the fingerprint of its impact: then
it is deleted only if its links are the ones that were shown. They are compared when the request
comes; what is linked while it is carried out ends like anything that is linked to what is being
deleted (refused, or reset).
"""

from dataclasses import dataclass
from typing import Literal

from provisioning.accounts import quotas
from provisioning.accounts.quotas import Holder
from provisioning.accounts.restrictions import OPEN, Binding
from provisioning.core.clock import now
from provisioning.core.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    StaleError,
    ThrottledError,
)
from provisioning.core.kinds import KINDS, Kind
from provisioning.core.origins import SYSTEM, Origin
from provisioning.operations import impact, operations, tombstones
from provisioning.operations.impact import Impact
from provisioning.operations.plans import Target
from provisioning.resources import parents
from provisioning.table import dynamodb, keys, versions
from provisioning.table.dynamodb import Item
from provisioning.table.versions import ANY, Wanted

OnLinked = Literal["reset", "refuse", "reassign"]

DELETION_TRIES = 5
"""Tries of a delete whose application or entity keeps changing under it."""
FORMER_GENERATIONS = 20
"""Former generations that a parent remembers which was deleted and restored again and again."""
UNDO_TRIES = 5
"""Tries of an undoing whose application or entity is written meanwhile."""


@dataclass(frozen=True)
class Wish:
    """What a client wants of a deletion.

    Attributes:
        on_linked: What becomes of the links; None for what the account has set.
        target: Where they go, if they are reassigned.
        wanted: The versions or fingerprints for which it is to be deleted.
    """

    on_linked: OnLinked | None = None
    target: Target | None = None
    wanted: Wanted = ANY


def delete(
    account_id: str,
    kind: Kind,
    identifier: str,
    origin: Origin = SYSTEM,
    wish: Wish = Wish(),
) -> str:
    """Delete an application or entity, and start the operation that moves its associations.

    The parent is read first: the operation remembers what was deleted.

    Args:
        account_id: The account.
        kind: Whether it is an application or an entity.
        identifier: Its id.
        origin: Who deletes it.
        wish: What becomes of its associations, and for which version it is to be deleted.

    Returns:
        The id of the operation.

    Raises:
        InvalidError: It is built in, or the target does not exist.
        NotFoundError: There is none.
        ConflictError: It is protected, or has associations and the client refuses that.
        StaleError: It, or what is linked to it, has changed since the client read it.
        ThrottledError: It kept changing.
    """
    if identifier in kind.built_in:
        raise InvalidError({kind.id_member: [f"must not be {identifier}, which is built in"]})
    parent_key, account_key = keys.parent(account_id, kind, identifier), keys.account(account_id)
    for _ in range(DELETION_TRIES):
        found = dynamodb.get_many([parent_key, account_key])
        if parent_key not in found:
            raise NotFoundError
        parent = found[parent_key]
        _require_unprotected(kind, parent)
        target = _target(account_id, kind, parent, found.get(account_key, {}), wish)
        operation = operations.new_deletion(account_id, kind, parent, origin, target)
        operation_id: str = operation["operationId"]
        writes = [
            dynamodb.remove(parent_key, protected=None, **parents.state(parent)),
            dynamodb.create(operation),
            *map(dynamodb.put, operations.listed(operation)),
            tombstones.put(account_id, kind, parent, operation_id),
        ]
        try:
            dynamodb.transact(writes)
        except dynamodb.ConditionFailedError:
            continue
        return operation_id
    raise ThrottledError


def _require_unprotected(kind: Kind, parent: Item) -> None:
    if parent.get("protected"):
        message = f"{kind.name.capitalize()} {parent['id']} is protected"
        raise ConflictError(message)


def _target(account_id: str, kind: Kind, parent: Item, account: Item, wish: Wish) -> Item | None:
    """Return where the associations go, as operations store it; None to reset them.

    Raises:
        InvalidError, ConflictError, StaleError: As in ``delete``.
    """
    on_linked = wish.on_linked or account.get("onLinked", "reset")
    shown = None
    if on_linked == "refuse" or _asks_for_links(wish.wanted):
        shown = impact.of(account_id, kind, parent["id"])
    _require_wanted(wish.wanted, parent, shown)
    if on_linked == "refuse" and shown is not None and shown.total:
        raise ConflictError(_refusal(kind, shown))
    if on_linked != "reassign" or wish.target is None:
        return None
    require_present(account_id, wish.target, "target")
    return wish.target.shown()


def _asks_for_links(wanted: Wanted) -> bool:
    return any(version.startswith(impact.FINGERPRINT) for version in wanted.versions or ())


def _require_wanted(wanted: Wanted, parent: Item, shown: Impact | None) -> None:
    if wanted.is_any or versions.of(parent) in (wanted.versions or ()):
        return
    if shown is None or shown.fingerprint is None:
        raise StaleError
    wanted.require(shown.fingerprint)


def _refusal(kind: Kind, shown: Impact) -> str:
    counts = [f"{number} {of} on {channel}" for (of, channel), number in shown.counts.items()]
    told = f" ({', '.join(counts)})" if counts else ""
    return f"{kind.name.capitalize()} {shown.parent['id']} has {shown.total} links{told}"


def require_present(account_id: str, target: Target, prefix: str) -> None:
    """Let targets pass whose application and entity exist.

    Args:
        account_id: The account.
        target: The target.
        prefix: What the members of the request that name them begin with, as ``target.``.

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


def undo(account_id: str, operation_id: str, origin: Origin, binding: Binding = OPEN) -> str:
    """Begin to undo an operation: what it has deleted is there again, and its links come back.

    Returns:
        The id of the operation that brings them back.

    Raises:
        NotFoundError: There is no such operation.
        ConflictError: It cannot be undone, or what it has deleted was made anew.
        ThrottledError: It kept changing.
    """
    for _ in range(UNDO_TRIES):
        operation = operations.get(account_id, operation_id, binding)
        operations.require_undoable(operation)
        undoing, *ranges = operations.new_undoing(operation, origin)
        undone_by = {"undoneBy": undoing["operationId"]}
        writes = [
            dynamodb.change(dynamodb.key_of(operation), undone_by, undoneBy=None),
            *(dynamodb.create(piece) for piece in (undoing, *ranges)),
            *map(dynamodb.put, operations.listed(undoing)),
        ]
        if "parentKind" in operation:
            writes.append(dynamodb.create(_restored(operation, origin)))
        try:
            dynamodb.transact(writes)
        except dynamodb.ConditionFailedError as error:
            if len(writes) - 1 in error.found and "parentKind" in operation:
                raise ConflictError(_made_anew(operation)) from None
            continue
        started: str = undoing["operationId"]
        return started
    raise ThrottledError


def require_room_to_undo(holder: Holder, operation: Item) -> None:
    """Raise an error if undoing an operation would exceed a quota of the account.

    It brings back what was deleted, and parts the links that have become one.

    Raises:
        ConflictError: It cannot be undone.
        ThrottledError: The quota does not allow it, or could not be counted.
    """
    operations.require_undoable(operation)
    parted = sum(piece.get("merged", 0) for piece in operations.pieces(operation))
    needed = {quotas.ASSOCIATIONS: parted}
    if "parentKind" in operation:
        needed[KINDS[operation["parentKind"]].collection] = 1
    for collection, wanted in needed.items():
        if wanted and quotas.room(holder, collection, wanted) < wanted:
            raise quotas.used_up(holder, collection, "operationId")


def _made_anew(operation: Item) -> str:
    kind = KINDS[operation["parentKind"]]
    return f"{kind.name.capitalize()} {operation['parentId']} exists again"


def _restored(operation: Item, origin: Origin) -> Item:
    """Return the item by which a parent stands again that an operation has deleted.

    It has a generation of its own: what still hangs on the deleted one is left to its deletion. It
    remembers those that it had, so that what was moved away can be brought back.
    """
    kind = KINDS[operation["parentKind"]]
    identifier, name = operation["parentId"], operation.get("parentName")
    former = [*operation.get("parentFormer", ()), operation["parentGeneration"]]
    return parents.new_item(operation["accountId"], kind, identifier, name, origin) | {
        "formerGenerations": former[-FORMER_GENERATIONS:],
        "createdAt": operation.get("parentCreatedAt") or now(),
    }
