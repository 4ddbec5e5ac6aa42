"""Creates API keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from provisioning.accounts import accounts, key_format, key_secrets
from provisioning.accounts.principals import MANAGE
from provisioning.accounts.restrictions import Pair
from provisioning.core import ids
from provisioning.core.clock import now
from provisioning.core.errors import (
    ConflictError,
    ForbiddenError,
    ProvisioningError,
    ThrottledError,
)
from provisioning.core.kinds import APPLICATION, ENTITY, Kind
from provisioning.core.origins import COMMAND, Origin
from provisioning.table import items, keys, reads, writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.item_types import ApiKeyItem, ParentItem, PlatformPair
from provisioning.table.writes import Write

_OWN_WRITES = 3
"""Writes of the transaction that are not alongside."""


@dataclass(frozen=True)
class NewKey:
    """The properties of a new API key.

    Attributes:
        scopes: Its permissions.
        pairs: The applications and entities to which it is restricted; none for no restriction.
        name: Its name, for people.
        until: When it expires, in seconds since 1970; None for never.
    """

    scopes: tuple[str, ...] = (MANAGE,)
    pairs: tuple[Pair, ...] = ()
    name: str | None = None
    until: int | None = None


def create_key(
    account_id: str, scopes: tuple[str, ...] = (MANAGE,), secret: str | None = None
) -> str:
    """Create an API key for a command, and return its secret, which cannot be read again.

    Args:
        account_id: The account.
        scopes: Its permissions.
        secret: The secret, if it must have a known value; otherwise it is random.

    Raises:
        NotFoundError: The account does not exist.
        ConflictError: The secret is in use.
    """
    return create(account_id, NewKey(scopes), COMMAND, secret)[1]


def create(
    account_id: str,
    new: NewKey,
    origin: Origin,
    secret: str | None = None,
    alongside: Sequence[Write] = (),
) -> tuple[ApiKeyItem, str]:
    """Create an API key.

    The secret is random, unless it must have a known value. Checks and writes ``alongside`` are
    added to the transaction.

    Returns:
        The key's item, and its secret, which cannot be read again.

    Raises:
        NotFoundError: The account does not exist.
        ConflictError: The secret is in use.
        ForbiddenError: A check alongside failed: the creator has lost the permission.
        ThrottledError: The account's limits were changed at the same moment.
    """
    limits = accounts.get(account_id).get("limits")
    secret = secret or key_format.new()
    pairs = [key_secrets.stored_pair(pair) for pair in _with_generations(account_id, new.pairs)]
    key = _item(account_id, new, pairs, origin, secret)
    try:
        writes.transact(
            [
                # The secret stores a copy of the account's limits, which must stay equal.
                writes.check(keys.account(account_id), limits=limits),
                writes.create(key_secrets.new_item(key, secret, limits)),
                writes.create(key),
                *alongside,
            ]
        )
    except ConditionFailedError as error:
        raise _refusal(error) from None
    return key, secret


def _refusal(error: ConditionFailedError) -> ProvisioningError:
    if max(error.found) >= _OWN_WRITES:
        return ForbiddenError()
    return ThrottledError() if 0 in error.found else ConflictError("The key already exists")


def _with_generations(account_id: str, pairs: tuple[Pair, ...]) -> list[Pair]:
    """Return the pairs with the generations of the applications and entities that exist.

    What happened before these were created, or before the key if they do not exist, concerns
    namesakes.
    """
    named = {(kind, identifier) for pair in pairs for kind, identifier, _ in pair.parents()}
    wanted = {keys.parent(account_id, *parent): parent for parent in named}
    found = {wanted[key]: item for key, item in reads.batch_get(wanted).items()}
    return [_meaning(pair, found) for pair in pairs]


def _meaning(pair: Pair, found: Mapping[tuple[Kind, str], ParentItem]) -> Pair:
    meant = {}
    for kind, identifier, _ in pair.parents():
        parent = found.get((kind, identifier))
        meant[kind] = (parent["generation"], parent["createdAt"]) if parent else (None, now())
    application, entity = (meant.get(kind, (None, "")) for kind in (APPLICATION, ENTITY))
    return pair._replace(
        application_generation=application[0],
        entity_generation=entity[0],
        application_since=application[1],
        entity_since=entity[1],
    )


def _item(
    account_id: str, new: NewKey, pairs: list[PlatformPair], origin: Origin, secret: str
) -> ApiKeyItem:
    key_id = ids.new_id()
    return items.new(
        keys.api_key(account_id, key_id),
        {
            **origin.marks(),
            "type": "apiKey",
            "accountId": account_id,
            "keyId": key_id,
            "name": new.name,
            "scopes": list(new.scopes),
            "platform": pairs or None,
            "until": new.until,
            "createdAt": now(),
            "createdBy": origin.actor,
            "expiresAt": key_secrets.removed_at(new.until),
            "secrets": [key_secrets.stored(secret, new.until)],
            "version": ids.new_id(),
        },
    )
