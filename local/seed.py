"""Gives the local table an account and a key that everybody knows."""

import os
from typing import Final

from local.settings import credentials
from provisioning.accounts import authentication
from provisioning.core import config
from provisioning.core.errors import ConflictError

ACCOUNT_ID: Final = "local"
API_KEY: Final = "local-key"


def seed(endpoint: str, table: str) -> None:
    """Create the account and its key, unless they exist.

    The domain package finds the table by this process's environment, which is
    set for good.

    Args:
        endpoint: Base URL of the engine.
        table: Name of the table.
    """
    os.environ.update(credentials(), AWS_ENDPOINT_URL_DYNAMODB=endpoint)
    config.use_table(table)
    try:
        authentication.create_account(ACCOUNT_ID)
        authentication.create_key(ACCOUNT_ID, authentication.SCOPES, API_KEY)
    except ConflictError:
        return
