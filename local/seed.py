"""Creates the account and the API key of the local system."""

import os
import time
from collections.abc import Callable
from typing import Final

from local.settings import LocalError, credentials
from provisioning.accounts import accounts, key_creation, principals
from provisioning.core import config
from provisioning.core.errors import ConflictError, ThrottledError, UnavailableError

ACCOUNT_ID: Final = "local"
API_KEY: Final = "local-key"
START_SECONDS: Final = 60.0


def seed(endpoint: str, table: str) -> None:
    """Create the account and its key in a table of the engine, unless they exist.

    Sets this process's environment, by which the domain package finds the table.

    Raises:
        LocalError: The engine does not answer.
    """
    os.environ.update(credentials(), AWS_ENDPOINT_URL_DYNAMODB=endpoint)
    config.use_table(table)
    deadline = time.monotonic() + START_SECONDS
    _create(lambda: accounts.create(ACCOUNT_ID), deadline)
    _create(lambda: key_creation.create_key(ACCOUNT_ID, principals.SCOPES, API_KEY), deadline)


def _create(create: Callable[[], object], deadline: float) -> None:
    """Create something unless it exists. On a busy machine the engine is slow at first."""
    while True:
        try:
            create()
        except ConflictError:
            return
        except (ThrottledError, UnavailableError) as error:
            if time.monotonic() > deadline:
                message = f"DynamoDB Local did not answer within {START_SECONDS:.0f} s"
                raise LocalError(message) from error
        else:
            return
