"""What tests of senders share."""

from typing import TYPE_CHECKING

import pytest

from provisioning.senders import snapshots
from tests.support.client import Client, Context, load_function
from tests.support.senders import Settle
from tests.support.stream import Stream, invoke, settings, streams_client

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


@pytest.fixture
def settle(endpoint: str, database: "DynamoDBClient", table: str, client: Client) -> Settle:
    """Delivers all stream records until there are no more; nothing is kept from before."""
    stream = Stream(streams_client(endpoint), database, table)

    def deliver() -> None:
        while records := stream.read():
            resets = list(filter(settings().matches, records))
            assert not resets or not invoke(resets)
            followed = list(filter(settings("Changes").matches, records))
            if followed:
                load_function("changes").handler({"Records": followed}, Context())
        snapshots.forget()

    return deliver
