"""Deleting an application or entity, with a choice of what happens to its associations.

The choice (``onLinked``) is made by the request, else by the account's settings, else it is
``reset``, as the published API does:

* ``reset``: associations move to application ``default`` without entity;
* ``refuse``: nothing is deleted while there are associations;
* ``reassign``: associations move to a target;
* ``unlink``: associations are deleted.

``If-Match`` accepts the version of the application or entity, or the fingerprint of its impact.
With the fingerprint it is deleted only if its associations are the ones that were shown. They are
compared when the request arrives. An association that is created during the deletion is refused or
reset, as with any deletion.
"""

import json
from dataclasses import dataclass
from typing import Any, Literal

from provisioning.accounts.meant_parents import Meant
from provisioning.core.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    StaleError,
)
from provisioning.core.if_match import ANY, IfMatch
from provisioning.core.kinds import Kind
from provisioning.core.origins import SYSTEM, Origin
from provisioning.operations import impact, tombstones
from provisioning.operations.creation import links, new_operation
from provisioning.operations.deletion_kind import BY_PARENT
from provisioning.operations.impact import Impact
from provisioning.operations.target import Target, require_existing
from provisioning.resources import parents, versions
from provisioning.table import keys, reads, writes
from provisioning.table.item_types import ParentItem
from provisioning.table.items import Item
from provisioning.table.operation_types import Operation
from provisioning.table.retries import retry_on_conflict

OnLinked = Literal["reset", "refuse", "reassign", "unlink"]


@dataclass(frozen=True)
class DeleteOptions:
    """Options of a deletion.

    Attributes:
        on_linked: What happens to the associations; None for the account's setting.
        target: Where they go, if they are reassigned.
        if_match: The versions or fingerprints that the request accepts.
        meant: What a restricted API key means by the id; None for whatever has it.
    """

    on_linked: OnLinked | None = None
    target: Target | None = None
    if_match: IfMatch = ANY
    meant: Meant | None = None


def delete(
    account_id: str,
    kind: Kind,
    identifier: str,
    origin: Origin = SYSTEM,
    options: DeleteOptions = DeleteOptions(),
) -> str:
    """Delete an application or entity, and start the operation that moves its associations.

    It is read first, because the operation stores what was deleted.

    Returns:
        The id of the operation.

    Raises:
        InvalidError: It is built in, or the target does not exist.
        NotFoundError: It does not exist, or is not what the API key means.
        ConflictError: It is protected, or has associations and the deletion refuses that.
        StaleError: It or its associations have changed since the client read them.
        ThrottledError: It kept changing, or the table was throttled.
        UnavailableError: The table could not be read or written.
    """
    if identifier in kind.built_in:
        raise InvalidError({kind.id_member: [f"must not be {identifier}, which is built in"]})
    return retry_on_conflict(lambda: _try_to_delete(account_id, kind, identifier, origin, options))


def _try_to_delete(
    account_id: str, kind: Kind, identifier: str, origin: Origin, options: DeleteOptions
) -> str:
    """Delete an application or entity as it was read."""
    parent_key, account_key = keys.parent(account_id, kind, identifier), keys.account(account_id)
    tombstone_key = keys.parent_tombstone(account_id, kind, identifier)
    wanted: list[Any] = [parent_key, account_key, tombstone_key]
    found = reads.batch_get(wanted)
    parent = found.get(parent_key)
    if parent is None or (options.meant is not None and not options.meant.includes(parent)):
        raise NotFoundError
    _require_unprotected(kind, parent)
    target = _target(account_id, kind, parent, found.get(account_key, {}), options)
    operation = _new_operation(account_id, kind, parent, origin, target)
    if options.on_linked == "unlink":
        operation["unlinks"] = True
    writes.transact(
        [
            writes.delete(parent_key, protected=None, **parents.state(parent)),
            writes.create(operation),
            *map(writes.put, links(operation)),
            tombstones.put(
                account_id, kind, parent, operation["operationId"], found.get(tombstone_key)
            ),
        ]
    )
    return operation["operationId"]


def _new_operation(
    account_id: str, kind: Kind, parent: ParentItem, origin: Origin, target: Target | None
) -> Operation:
    return new_operation(
        account_id,
        BY_PARENT[kind].name,
        origin,
        parentKind=kind.name,
        parentId=parent["id"],
        parentName=parent.get("name"),
        parentGeneration=parent["generation"],
        parentFormer=parent.get("formerGenerations"),
        parentCreatedAt=parent.get("createdAt"),
        target=None if target is None else json.dumps(target.members()),
    )


def _require_unprotected(kind: Kind, parent: ParentItem) -> None:
    if parent.get("protected"):
        message = f"{kind.name.capitalize()} {parent['id']} is protected"
        raise ConflictError(message)


def _target(
    account_id: str, kind: Kind, parent: ParentItem, account: Item, options: DeleteOptions
) -> Target | None:
    """Return where the associations go; None to reset them."""
    on_linked = options.on_linked or account.get("onLinked", "reset")
    found = None
    if on_linked == "refuse" or _has_fingerprint(options.if_match):
        found = impact.of(account_id, kind, parent["id"])
    _require_match(options.if_match, parent, found)
    if on_linked == "refuse" and found is not None and found.total:
        raise ConflictError(_refusal(kind, found))
    if on_linked != "reassign" or options.target is None:
        return None
    require_existing(account_id, options.target, "target")
    return options.target


def _has_fingerprint(if_match: IfMatch) -> bool:
    return any(version.startswith(impact.FINGERPRINT) for version in if_match.versions or ())


def _require_match(if_match: IfMatch, parent: ParentItem, found: Impact | None) -> None:
    if if_match.is_any or versions.of(parent) in (if_match.versions or ()):
        return
    if found is None or found.fingerprint is None:
        raise StaleError
    if_match.require(found.fingerprint)


def _refusal(kind: Kind, found: Impact) -> str:
    counts = [f"{number} {of} on {channel}" for (of, channel), number in found.counts.items()]
    details = f" ({', '.join(counts)})" if counts else ""
    return f"{kind.name.capitalize()} {found.parent['id']} has {found.total} associations{details}"
