"""Creating the entities that messages name, and storing when they were last seen.

Why an entity is created exactly once, and never against a deletion:

* It is created on condition that its key is free. Of many writers one succeeds, and the others find
  that it exists.
* A message and a deletion are ordered by their times, whenever the message arrives: when the
  messaging API accepted the message, and when the deletion was requested. A deletion at the same
  moment or later wins. So the same transaction checks that the entity was not deleted since;
  tombstones are kept longer than a message can be on its way (``received.MAXIMUM_AGE``).
* Nothing is stored about a message, so a late or second delivery finds the current state. If a
  response is lost, the client repeats the transaction with the same token.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from provisioning.accounts import limits, quotas
from provisioning.core.errors import (
    InvalidError,
    ProvisioningError,
    ThrottledError,
    UnavailableError,
)
from provisioning.core.kinds import ENTITY
from provisioning.core.log import logger
from provisioning.core.origins import MESSAGE
from provisioning.messages.received import NamedEntity
from provisioning.operations import tombstones
from provisioning.resources import parents
from provisioning.table import dynamodb, reads, writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.items import Item
from provisioning.table.primary_keys import Key
from provisioning.table.writes import ItemUpdate, Write

_CREATION_WRITES = 2
_HOUR = len("2026-11-23T16")

Failures = dict[Key, ProvisioningError]
"""What went wrong, by the key of the entity."""


@dataclass
class Counts:
    """How many entities were created, and of how many the last message was stored."""

    created: int = 0
    seen: int = 0


class _Holder(NamedTuple):
    """The account whose quota of entities a message uses."""

    account_id: str
    limits: Mapping[str, int]


def create_missing(named: Sequence[NamedEntity], counts: Counts) -> Failures:
    """Create the entities that are missing, store when the others were last seen, and count both.

    Returns:
        What went wrong, by the key of the entity.
    """
    failures: Failures = {}
    for start in range(0, len(named), reads.BATCH_READ_ITEMS):
        failures |= _create_missing(named[start : start + reads.BATCH_READ_ITEMS], counts)
    return failures


def _create_missing(named: Sequence[NamedEntity], counts: Counts) -> Failures:
    try:
        found = reads.batch_get(each.key for each in named)
        missing = [each for each in named if each.key not in found]
        known = limits.own_limits({each.account_id for each in missing})
    except (ThrottledError, UnavailableError) as error:
        return {each.key: error for each in named}
    failures: Failures = {}
    for each in missing:
        if reason := _refusal(each, known.get(each.account_id)):
            failures[each.key] = reason
    creatable = [each for each in missing if each.key not in failures]
    at_once = writes.TRANSACTION_ITEMS // _CREATION_WRITES
    for start in range(0, len(creatable), at_once):
        failures |= _create(creatable[start : start + at_once], counts)
    _store_seen([(each, found[each.key]) for each in named if each.key in found], counts)
    return failures


def _refusal(named: NamedEntity, own_limits: Mapping[str, int] | None) -> ProvisioningError | None:
    """Return why an entity must not be created; an account without limits does not exist."""
    if own_limits is None:
        return InvalidError({"accountId": ["does not exist"]})
    try:
        quotas.require_room(_Holder(named.account_id, own_limits), ENTITY.collection, "entityId")
    except ThrottledError as error:
        # A quota stays used up until somebody acts, so another delivery would not help.
        return InvalidError(error.problems) if error.problems else error
    except UnavailableError as error:
        return error
    return None


def _create(named: Sequence[NamedEntity], counts: Counts) -> Failures:
    """Create entities in one transaction, except those that exist by now or were deleted since."""
    remaining = list(named)
    try:
        for pause in dynamodb.pauses():
            remaining, created = _try_to_create(remaining)
            counts.created += created
            if not remaining:
                return {}
            pause()
            # Other functions create the same entities; those are done.
            existing = reads.batch_get(each.key for each in remaining)
            remaining = [each for each in remaining if each.key not in existing]
    except (ThrottledError, UnavailableError) as error:
        return {each.key: error for each in remaining}
    return {each.key: ThrottledError() for each in remaining}


def _try_to_create(named: Sequence[NamedEntity]) -> tuple[list[NamedEntity], int]:
    """Return the entities that remain to be created after a try, and how many it created."""
    if not named:
        return [], 0
    try:
        writes.transact([write for each in named for write in _creation(each)], tries=1)
    except ConditionFailedError as error:
        settled = {position // _CREATION_WRITES for position in error.found}
        return [each for at, each in enumerate(named) if at not in settled], 0
    except ThrottledError:
        return list(named), 0
    return [], len(named)


def _creation(named: NamedEntity) -> tuple[Write, Write]:
    """Return the writes that create an entity, unless it was deleted since it was last named."""
    account_id, entity_id = named.account_id, named.entity_id
    item: Any = {
        **parents.new_item(account_id, ENTITY, entity_id, entity_id, MESSAGE),
        "origin": MESSAGE.actor,
        "firstSeenAt": named.first,
        "lastSeenAt": named.last,
    }
    return (
        writes.create(item),
        tombstones.not_deleted_since(account_id, ENTITY, entity_id, named.last),
    )


def _store_seen(existing: Iterable[tuple[NamedEntity, Item]], counts: Counts) -> None:
    """Store when entities were last seen, at most once an hour.

    A failure is only logged: a later message stores it.
    """
    changes = [
        ItemUpdate(
            each.key,
            {"firstSeenAt": item.get("firstSeenAt", each.first), "lastSeenAt": each.last},
            {"generation": item["generation"], "lastSeenAt": item.get("lastSeenAt")},
        )
        for each, item in existing
        if each.last[:_HOUR] > item.get("lastSeenAt", "")[:_HOUR]
    ]
    try:
        counts.seen += sum(writes.update_each(changes))
    except (ThrottledError, UnavailableError):
        logger.warning("Could not store when entities were last seen", exc_info=True)
