"""The engine of a test process, and databases in it: a new one for every table.

The engine keeps what it knows of each table and stream that is gone, and looks through it at every
write. So tables and databases that are gone make the tests after them slower, until a new engine
takes the place of the old one.
"""

import os
from typing import TYPE_CHECKING, cast

from botocore.session import get_session

from local import engine, service
from local.settings import credentials
from provisioning.table import dynamodb

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

TABLES_EACH = 40
"""Tables after which an engine is worn: about as much is lost by then as a start takes."""


class Databases:
    """Databases for the tests of one process, in an engine of its own.

    Attributes:
        endpoint: The base URL of the engine.
    """

    def __init__(self, process: str) -> None:
        """Start an engine for a process with some name."""
        self._process = process
        self._session = get_session()
        self._start()

    def renew(self) -> None:
        """Start a new engine if the present one is worn. No table of it may be needed any more."""
        if self._tables >= TABLES_EACH:
            self.stop()
            self._start()

    def take(self) -> "DynamoDBClient":
        """Return a client of a new database, which the code under test uses."""
        given = credentials(f"{self._process}x{self._tables}")
        os.environ.update(given)
        dynamodb.client.cache_clear()
        self._tables += 1
        client = self._session.create_client(
            "dynamodb",
            aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
        )
        return cast("DynamoDBClient", client)

    def stop(self) -> None:
        """Stop the engine."""
        self._engine.stop()
        del os.environ["AWS_ENDPOINT_URL_DYNAMODB"]

    def _start(self) -> None:
        self._engine: service.Service = engine.start()
        self._engine.wait()
        self._tables = 0
        self.endpoint = self._engine.endpoint
        os.environ["AWS_ENDPOINT_URL_DYNAMODB"] = self.endpoint
        dynamodb.client.cache_clear()
