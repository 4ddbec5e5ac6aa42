"""The settings of an account, which its own item stores.

``onLinked`` is what a deletion does with associations if its request does not say.
"""

from collections.abc import Mapping
from typing import Any

from provisioning.accounts import accounts
from provisioning.core.errors import NotFoundError
from provisioning.core.origins import Origin
from provisioning.table import keys, writes
from provisioning.table.dynamodb import ConditionFailedError
from provisioning.table.items import Item

DEFAULTS: Item = {"onLinked": "reset"}
"""All settings with their default values."""


def of(account: Mapping[str, Any]) -> Item:
    """Return all settings, from an account's item."""
    return {name: account.get(name, default) for name, default in DEFAULTS.items()}


def get(account_id: str) -> Item:
    """Return all settings of an account.

    Raises:
        NotFoundError: The account does not exist.
    """
    return of(accounts.get(account_id))


def change(account_id: str, values: Item, origin: Origin) -> Item:
    """Change some settings (None restores the default), and return all.

    Raises:
        NotFoundError: The account does not exist.
    """
    given = {name: values[name] for name in DEFAULTS if name in values}
    try:
        key = keys.account(account_id)
        if given:
            writes.execute(writes.update(key, given | origin.marks()))
    except ConditionFailedError:
        raise NotFoundError from None
    return get(account_id)
