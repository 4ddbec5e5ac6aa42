"""Accounts: created, read and listed."""

import re

from provisioning.core.clock import now
from provisioning.core.errors import ConflictError, InvalidError, NotFoundError
from provisioning.core.kinds import APPLICATION, BUILT_IN_GENERATION, DEFAULT_APPLICATION
from provisioning.core.origins import COMMAND
from provisioning.table import items, keys, reads, writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.item_types import AccountItem, AccountListing, ParentItem
from provisioning.table.keys import ACCOUNT_ID


def create(account_id: str) -> None:
    """Create an account with its application ``default``.

    Raises:
        InvalidError: The id is not 1 to 64 letters, digits, dots, hyphens and underscores.
        ConflictError: The account exists.
    """
    if not re.fullmatch(ACCOUNT_ID, account_id):
        raise InvalidError({"account": ["must be 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-'"]})
    try:
        writes.transact([writes.create(item) for item in _new_items(account_id)])
    except ConditionFailedError:
        message = f"Account {account_id} already exists"
        raise ConflictError(message) from None


def _new_items(account_id: str) -> tuple[AccountItem, AccountListing, ParentItem]:
    account = items.new(
        keys.account(account_id),
        {
            **COMMAND.marks(),
            "type": "account",
            "accountId": account_id,
            "createdAt": now(),
        },
    )
    listing = items.new(
        keys.account_listing(account_id),
        {
            "type": "accountListing",
            "accountId": account_id,
            "createdAt": now(),
        },
    )
    default = items.new(
        keys.parent(account_id, APPLICATION, DEFAULT_APPLICATION),
        {
            **COMMAND.marks(),
            "type": APPLICATION.name,
            "id": DEFAULT_APPLICATION,
            "generation": BUILT_IN_GENERATION,
            "createdAt": now(),
        },
    )
    return account, listing, default


def get(account_id: str) -> AccountItem:
    """Return an account's item.

    Raises:
        NotFoundError: The account does not exist.
    """
    account = reads.get(keys.account(account_id))
    if account is None:
        raise NotFoundError
    return account


def list_all() -> list[AccountListing]:
    """Return the ids of all accounts and when each was created, by id."""
    return list(reads.query_all(keys.account_listings()))
