"""What tests of senders share."""

from typing import TYPE_CHECKING

import pytest

from provisioning.senders import snapshots
from tests.support.client import Client
from tests.support.senders import Settle
from tests.support.stream import Stream, deliver_all, streams_client

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


@pytest.fixture
def settle(endpoint: str, database: "DynamoDBClient", table: str, client: Client) -> Settle:
    """Delivers all stream records until there are no more; nothing is kept from before."""
    stream = Stream(streams_client(endpoint), database, table)

    def deliver() -> None:
        deliver_all(stream)
        snapshots.forget()

    return deliver
