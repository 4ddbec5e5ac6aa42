"""Accounts, the secrets of their API keys, and who makes a request.

A secret is stored only as its SHA-256: whoever reads the table cannot use it. Each has an item of
its own under that digest, which is all that authentication reads; the key that it belongs to,
with its name and history, is another item (module ``api_keys``).
"""

import hashlib
import hmac
import re
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from provisioning.accounts import key_format
from provisioning.accounts.restrictions import OPEN, Binding, Pair
from provisioning.core.clock import hour, now
from provisioning.core.errors import (
    ConflictError,
    InvalidError,
    NotFoundError,
    ProvisioningError,
    ThrottledError,
    UnauthorizedError,
)
from provisioning.core.kinds import APPLICATION, BUILT_IN_GENERATION, DEFAULT_APPLICATION
from provisioning.core.origins import COMMAND, Origin
from provisioning.table import dynamodb, keys
from provisioning.table.dynamodb import Item
from provisioning.table.keys import ACCOUNT_ID

MANAGE = "application-entity:manage"
"""Scope of a key that may do everything with applications, entities and associations (contract)."""
READ = "application-entity:read"
"""Scope of a key that may only read them."""
KEYS = "account-management:manage"
"""Scope of a key that may manage the account's keys, and see in the audit what was done to them."""
SCOPES = (MANAGE, READ, KEYS)

CACHE_SECONDS = 5.0
"""How long a process trusts a key it has looked up: a revoked one is refused after that."""
_CACHE_ENTRIES = 1000
REMEMBERED_SECONDS = 90 * 24 * 60 * 60
"""How long a key that has ended is still listed."""


@dataclass(frozen=True)
class Principal:
    """Who makes a request.

    Attributes:
        account_id: The account that the key belongs to.
        key_id: The key's public id.
        scopes: What the key may do.
        binding: What it may do it to.
        until: When it expires, in seconds since 1970; None for never.
        limits: What the account may use, where it is not what all may.
    """

    account_id: str
    key_id: str
    scopes: frozenset[str]
    binding: Binding = OPEN
    until: int | None = None
    limits: Mapping[str, int] = field(default_factory=dict)

    def may(self, scope: str) -> bool:
        """Tell whether the key may do what ``scope`` names; managing includes reading."""
        return scope in self.scopes or (scope == READ and MANAGE in self.scopes)


@dataclass(frozen=True)
class _Seen:
    """A key that was looked up, and when. By the clock on the wall: the other one stands still
    while Lambda has frozen the process, and a revoked key would stay good for all that time.
    """

    principal: Principal
    at: float

    def is_fresh(self) -> bool:
        return 0 <= time.time() - self.at < CACHE_SECONDS


_cache: dict[str, _Seen] = {}


def digest(secret: str) -> str:
    """Return the hexadecimal SHA-256 under which a secret is stored."""
    return hashlib.sha256(secret.encode(errors="surrogatepass")).hexdigest()


def create_account(account_id: str) -> None:
    """Create an account with its application ``default``.

    Raises:
        InvalidError: The id is not 1 to 64 letters, digits, dots, hyphens and underscores.
        ConflictError: The account exists.
    """
    if not re.fullmatch(ACCOUNT_ID, account_id):
        raise InvalidError({"account": ["must be 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-'"]})
    account = dynamodb.key_attributes(keys.account(account_id)) | {
        "type": "account",
        "accountId": account_id,
        "createdAt": now(),
        **COMMAND.marks(),
    }
    listed = dynamodb.key_attributes(keys.listed_account(account_id)) | {
        "type": "listedAccount",
        "accountId": account_id,
        "createdAt": now(),
    }
    default = dynamodb.key_attributes(keys.parent(account_id, APPLICATION, DEFAULT_APPLICATION)) | {
        "type": APPLICATION.name,
        "id": DEFAULT_APPLICATION,
        "generation": BUILT_IN_GENERATION,
        "createdAt": now(),
        **COMMAND.marks(),
    }
    try:
        dynamodb.transact([dynamodb.create(item) for item in (account, listed, default)])
    except dynamodb.ConditionFailedError:
        message = f"Account {account_id} already exists"
        raise ConflictError(message) from None


def own_limits(account_ids: Iterable[str]) -> dict[str, Mapping[str, int]]:
    """Return what some accounts may use, where it is not what all may; unknown ids are left out."""
    wanted = {keys.account(account_id): account_id for account_id in account_ids}
    found = dynamodb.get_many(wanted)
    return {wanted[key]: item.get("limits") or {} for key, item in found.items()}


def list_accounts() -> list[Item]:
    """Return the accounts' ids and when they were created, by id."""
    return list(dynamodb.query_all(keys.listed_accounts()))


# --- who makes a request -----------------------------------------------------------------------


def authenticate(secret: str) -> Principal:
    """Return who a secret belongs to, from the process's cache or the table.

    Raises:
        UnauthorizedError: No key has it, or not any more.
    """
    if key_format.is_broken(secret):
        raise UnauthorizedError
    hashed = digest(secret)
    seen = _cache.get(hashed)
    if seen is None or not seen.is_fresh():
        _cache.pop(hashed, None)
        if len(_cache) >= _CACHE_ENTRIES:
            _cache.clear()
        seen = _cache[hashed] = _Seen(_look_up(hashed), time.time())
    _require_unexpired(seen.principal)
    return seen.principal


def _look_up(hashed: str) -> Principal:
    key = keys.secret(hashed)
    item = dynamodb.get(key)
    if item is None or not hmac.compare_digest(item["PK"], key.partition):
        raise UnauthorizedError
    principal = Principal(
        item["accountId"],
        item["keyId"],
        frozenset(item["scopes"]),
        Binding(pairs_of(item)),
        item.get("expiresAt"),
        item.get("limits", {}),
    )
    _require_unexpired(principal)
    _note_use(item)
    return principal


def _require_unexpired(principal: Principal) -> None:
    """Refuse a key whose time is over: DynamoDB removes its item only some time later."""
    if principal.until is not None and principal.until <= time.time():
        raise UnauthorizedError


def pairs_of(item: Item) -> tuple[Pair, ...]:
    """Return the pairs that a key's or a secret's item is bound to."""
    return tuple(
        Pair(pair.get("applicationId"), pair.get("entityId")) for pair in item.get("platform", ())
    )


def _note_use(item: Item) -> None:
    """Record that a secret is in use, with one write in every hour that it is.

    A request does not fail for want of that: the next look-up tries again.
    """
    noted, this_hour = item.get("usedAt"), hour()
    if noted is not None and noted >= this_hour:
        return
    used = dynamodb.change(dynamodb.key_of(item), {"usedAt": this_hour}, usedAt=noted)
    # A failed condition says that another process has just recorded it.
    with suppress(dynamodb.ConditionFailedError, ProvisioningError):
        dynamodb.write(used)


# --- new keys ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class NewKey:
    """What a new key is to be.

    Attributes:
        scopes: What it may do.
        pairs: What it is bound to; nothing for all that the account has.
        name: What people call it.
        until: When it expires, in seconds since 1970; None for never.
    """

    scopes: tuple[str, ...] = (MANAGE,)
    pairs: tuple[Pair, ...] = ()
    name: str | None = None
    until: int | None = None


def create_key(
    account_id: str, scopes: tuple[str, ...] = (MANAGE,), api_key: str | None = None
) -> str:
    """Create an API key of an account and return its secret; it cannot be read again.

    Args:
        account_id: The account, which must exist.
        scopes: What the key may do.
        api_key: The secret itself, where it must be a known one; else a random one is made.

    Raises:
        NotFoundError: The account does not exist.
        ConflictError: The secret is in use.
    """
    return issue(account_id, NewKey(scopes), COMMAND, api_key)[1]


def issue(
    account_id: str, wanted: NewKey, origin: Origin, api_key: str | None = None
) -> tuple[Item, str]:
    """Create an API key of an account.

    Args:
        account_id: The account, which must exist.
        wanted: What the key is to be.
        origin: Who asks for it.
        api_key: The secret itself, where it must be a known one; else a random one is made.

    Returns:
        The key's item, and its secret, which cannot be read again.

    Raises:
        NotFoundError: The account does not exist.
        ConflictError: The secret is in use.
    """
    account = get(account_id)
    secret = api_key or key_format.new()
    key_id = keys.new_id()
    key = dynamodb.key_attributes(keys.api_key(account_id, key_id)) | {
        "type": "key",
        "keyId": key_id,
        "accountId": account_id,
        "name": wanted.name,
        "scopes": list(wanted.scopes),
        "platform": [_pair(pair) for pair in wanted.pairs] or None,
        "until": wanted.until,
        "createdAt": now(),
        "createdBy": origin.actor,
        "expiresAt": forgotten_at(wanted.until),
        "secrets": [shown_secret(secret, wanted.until)],
        "version": keys.new_id(),
        **origin.marks(),
    }
    try:
        dynamodb.transact(
            [
                # The secret has a copy of the account's limits, which change together with it.
                dynamodb.require(keys.account(account_id), limits=account.get("limits")),
                dynamodb.create(secret_item(key, secret, account.get("limits"))),
                dynamodb.create(key),
            ]
        )
    except dynamodb.ConditionFailedError as error:
        if 0 in error.found:
            raise ThrottledError from None
        message = "The key already exists"
        raise ConflictError(message) from None
    return key, secret


def get(account_id: str) -> Item:
    """Return an account's item.

    Raises:
        NotFoundError: There is no such account.
    """
    account = dynamodb.get(keys.account(account_id))
    if account is None:
        raise NotFoundError
    return account


def secret_item(key: Item, secret: str, limits: Item | None) -> Item:
    """Return the item by which a secret is found, with all that authentication needs to know."""
    return dynamodb.key_attributes(keys.secret(digest(secret))) | {
        "type": "secret",
        "accountId": key["accountId"],
        "keyId": key["keyId"],
        "scopes": key["scopes"],
        "platform": key.get("platform"),
        "limits": limits,
        "expiresAt": key.get("until"),
    }


def shown_secret(secret: str, until: int | None) -> Item:
    """Return what a key's item remembers of a secret of it: the digest, and how it begins."""
    shown = secret[: key_format.SHOWN] if secret.startswith(key_format.PREFIX) else None
    return {"digest": digest(secret), "until": until} | ({"start": shown} if shown else {})


def forgotten_at(until: int | None) -> int | None:
    """Return when a key that ends then may vanish from the list, for DynamoDB's TTL."""
    return None if until is None else until + REMEMBERED_SECONDS


def _pair(pair: Pair) -> Item:
    members = {"applicationId": pair.application_id, "entityId": pair.entity_id}
    return {name: value for name, value in members.items() if value is not None}
