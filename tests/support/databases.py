"""The engine's databases: a new one for every few tables.

The engine keeps the stream of a table that is gone and looks through all streams of a database at
every write, so each table of a database makes the tests after it slower.
"""

import os
from typing import TYPE_CHECKING, cast

from botocore.session import get_session

from local.settings import credentials
from provisioning.table import dynamodb

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

TABLES_EACH = 8


class Databases:
    """Databases for the tests of one process, and a client of the one in use."""

    def __init__(self, process: str) -> None:
        """Take a name that no other process has."""
        self._process = process
        self._tables = 0

    def take(self) -> "DynamoDBClient":
        """Return a client of a database with room for a table, which the code under test uses."""
        if self._tables % TABLES_EACH == 0:
            os.environ.update(credentials(f"{self._process}x{self._tables}"))
            dynamodb.client.cache_clear()
            self._client = cast("DynamoDBClient", get_session().create_client("dynamodb"))
        self._tables += 1
        return self._client
