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

from provisioning import dynamodb, impact, operations, parents, versions
from provisioning.bindings import OPEN, Binding
from provisioning.dynamodb import Item
from provisioning.errors import ConflictError, InvalidError, StaleError, ThrottledError
from provisioning.impact import Impact
from provisioning.kinds import KINDS, Kind
from provisioning.origins import Origin
from provisioning.tasks import Target
from provisioning.versions import ANY, Wanted

OnLinked = Literal["reset", "refuse", "reassign"]

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


def delete(account_id: str, kind: Kind, identifier: str, origin: Origin, wish: Wish) -> str:
    """Delete an application or entity.

    Returns:
        The id of the operation that moves the links.

    Raises:
        InvalidError: It is built in, or the target does not exist.
        NotFoundError: There is none.
        ConflictError: It is protected, or has links and these speak against it.
        StaleError: It, or what is linked to it, is not as wanted.
        ThrottledError: It kept changing.
    """

    def approve(parent: Item, account: Item) -> Item | None:
        on_linked = wish.on_linked or account.get("onLinked", "reset")
        shown = None
        if on_linked == "refuse" or _asks_for_links(wish.wanted):
            shown = impact.of(account_id, kind, identifier)
        _require_wanted(wish.wanted, parent, shown)
        if on_linked == "refuse" and shown is not None and shown.total:
            raise ConflictError(_refusal(kind, shown))
        if on_linked != "reassign" or wish.target is None:
            return None
        require_present(account_id, wish.target, "target")
        return wish.target.shown()

    return parents.delete(account_id, kind, identifier, origin, approve)


def _asks_for_links(wanted: Wanted) -> bool:
    return any(version.startswith(impact.FINGERPRINT) for version in wanted.versions or ())


def _require_wanted(wanted: Wanted, parent: Item, shown: Impact | None) -> None:
    if wanted.is_any or versions.of(parent) in (wanted.versions or ()):
        return
    if shown is None or shown.fingerprint is None:
        raise StaleError
    wanted.require(shown.fingerprint)


def _refusal(kind: Kind, shown: Impact) -> str:
    counts = [
        f"{number} {of} on {channel}" for (of, channel), number in (shown.counts or {}).items()
    ]
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
        ]
        if "parentKind" in operation:
            writes.append(dynamodb.create(parents.restore(operation, origin)))
        try:
            dynamodb.transact(writes)
        except dynamodb.ConditionFailedError as error:
            if len(writes) - 1 in error.found and "parentKind" in operation:
                raise ConflictError(_made_anew(operation)) from None
            continue
        started: str = undoing["operationId"]
        return started
    raise ThrottledError


def _made_anew(operation: Item) -> str:
    kind = KINDS[operation["parentKind"]]
    return f"{kind.name.capitalize()} {operation['parentId']} exists again"
