"""What an account has decided for all its requests; it stands on the account's own item.

``onLinked`` says what a deletion does with links when its request does not (module ``deletions``).
"""

from provisioning.accounts import authentication
from provisioning.core.errors import NotFoundError
from provisioning.core.origins import Origin
from provisioning.table import dynamodb, keys
from provisioning.table.dynamodb import ConditionFailedError, Item

DEFAULTS: Item = {"onLinked": "reset"}
"""All settings, as they are where an account has not decided."""


def of(account: Item) -> Item:
    """Return all settings of an account's item."""
    return {name: account.get(name, default) for name, default in DEFAULTS.items()}


def get(account_id: str) -> Item:
    """Return all settings of an account.

    Raises:
        NotFoundError: There is no such account.
    """
    return of(authentication.get(account_id))


def change(account_id: str, values: Item, origin: Origin) -> Item:
    """Set some settings (None sets one back), and return all.

    Raises:
        NotFoundError: There is no such account.
    """
    given = {name: values[name] for name in DEFAULTS if name in values}
    try:
        key = keys.account(account_id)
        if given:
            dynamodb.write(dynamodb.change(key, given | origin.marks()))
    except ConditionFailedError:
        raise NotFoundError from None
    return get(account_id)
