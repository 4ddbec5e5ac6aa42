"""Creates the account and the API key of the local system."""

import os
from typing import Final

from local.settings import credentials
from provisioning.accounts import accounts, key_creation, principals
from provisioning.core import config
from provisioning.core.errors import ConflictError

ACCOUNT_ID: Final = "local"
API_KEY: Final = "local-key"


def seed(endpoint: str, table: str) -> None:
    """Create the account and its key in a table of the engine, unless they exist.

    Sets this process's environment, by which the domain package finds the table.
    """
    os.environ.update(credentials(), AWS_ENDPOINT_URL_DYNAMODB=endpoint)
    config.use_table(table)
    try:
        accounts.create(ACCOUNT_ID)
        key_creation.create_key(ACCOUNT_ID, principals.SCOPES, API_KEY)
    except ConflictError:
        return
