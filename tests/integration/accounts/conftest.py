"""Fixtures of the tests of API keys and what they are restricted to."""

from typing import TYPE_CHECKING

import pytest

from tests.support.senders import Settle
from tests.support.stream import Stream, deliver_all, streams_client

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


@pytest.fixture
def settle(endpoint: str, database: "DynamoDBClient", table: str) -> Settle:
    """Delivers all stream records until there are no more."""
    stream = Stream(streams_client(endpoint), database, table)

    def deliver() -> None:
        deliver_all(stream)

    return deliver
