"""Accounts and their API keys.

A key is stored only as its SHA-256: whoever reads the table cannot use it. The look-up by digest
needs no comparison of secrets, so nothing can be timed.
"""

import hashlib
import re
import secrets
import time
from collections.abc import Iterable
from dataclasses import dataclass

from provisioning import dynamodb, keys
from provisioning.clock import now
from provisioning.errors import ConflictError, InvalidError, NotFoundError, UnauthorizedError
from provisioning.kinds import APPLICATION, BUILT_IN_GENERATION, DEFAULT_APPLICATION
from provisioning.schema import ACCOUNT_ID

MANAGE = "application-entity:manage"
"""Scope of a key that may do everything (contract)."""
READ = "application-entity:read"
"""Scope of a key that may only read."""
SCOPES = (MANAGE, READ)

CACHE_SECONDS = 5.0
"""How long a process trusts a key it has looked up: a revoked one is refused after that."""
_CACHE_ENTRIES = 1000


@dataclass(frozen=True)
class Principal:
    """Who makes a request.

    Attributes:
        account_id: The account that the key belongs to.
        key_id: The key's public id.
        scopes: What the key may do.
    """

    account_id: str
    key_id: str
    scopes: frozenset[str]

    def may(self, scope: str) -> bool:
        """Tell whether the key may do what ``scope`` names; managing includes all else."""
        return scope in self.scopes or MANAGE in self.scopes


_cache: dict[str, tuple[float, Principal]] = {}


def digest(api_key: str) -> str:
    """Return the hexadecimal SHA-256 under which a key is stored."""
    return hashlib.sha256(api_key.encode()).hexdigest()


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
    }
    default = dynamodb.key_attributes(keys.parent(account_id, APPLICATION, DEFAULT_APPLICATION)) | {
        "type": APPLICATION.name,
        "id": DEFAULT_APPLICATION,
        "generation": BUILT_IN_GENERATION,
        "createdAt": now(),
    }
    try:
        dynamodb.transact([dynamodb.create(account), dynamodb.create(default)])
    except dynamodb.ConditionFailedError:
        message = f"Account {account_id} already exists"
        raise ConflictError(message) from None


def existing(account_ids: Iterable[str]) -> set[str]:
    """Return those of some ids that belong to accounts."""
    wanted = {keys.account(account_id): account_id for account_id in account_ids}
    return {wanted[key] for key in dynamodb.get_many(wanted)}


def create_key(
    account_id: str, scopes: tuple[str, ...] = (MANAGE,), api_key: str | None = None
) -> str:
    """Create an API key of an account and return it; it cannot be read again.

    Args:
        account_id: The account, which must exist.
        scopes: What the key may do.
        api_key: The key itself, where it must be a known one; else a random one is made.

    Raises:
        NotFoundError: The account does not exist.
        ConflictError: The key exists.
    """
    secret = api_key or f"aem_{secrets.token_hex(24)}"
    if dynamodb.get(keys.account(account_id)) is None:
        raise NotFoundError
    item = dynamodb.key_attributes(keys.api_key(digest(secret))) | {
        "type": "key",
        "accountId": account_id,
        "keyId": keys.new_id(),
        "scopes": list(scopes),
        "createdAt": now(),
    }
    try:
        dynamodb.write(dynamodb.create(item))
    except dynamodb.ConditionFailedError as error:
        if (error.found[0] or {}).get("keyId") != item["keyId"]:
            message = "The key already exists"
            raise ConflictError(message) from None
    return secret


def authenticate(api_key: str) -> Principal:
    """Return who a key belongs to, from the process's cache or the table.

    Raises:
        UnauthorizedError: There is no such key.
    """
    hashed = digest(api_key)
    cached = _cache.get(hashed)
    if cached is not None and cached[0] > time.monotonic():
        return cached[1]
    _cache.pop(hashed, None)
    item = dynamodb.get(keys.api_key(hashed))
    if item is None:
        raise UnauthorizedError
    principal = Principal(item["accountId"], item["keyId"], frozenset(item["scopes"]))
    if len(_cache) >= _CACHE_ENTRIES:
        _cache.clear()
    _cache[hashed] = (time.monotonic() + CACHE_SECONDS, principal)
    return principal
