"""Fixtures of the tests of the audit."""

from typing import TYPE_CHECKING

import pytest

from tests.support.audit import Settle, follow
from tests.support.client import Client
from tests.support.stream import Record, Stream, invoke, settings, streams_client

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


@pytest.fixture
def settle(endpoint: str, database: "DynamoDBClient", table: str, client: Client) -> Settle:
    """Delivers all stream records until there are no more; returns those of the audit."""
    stream = Stream(streams_client(endpoint), database, table)

    def deliver() -> list[Record]:
        followed: list[Record] = []
        while records := stream.read():
            resets = list(filter(settings().matches, records))
            assert not resets or not invoke(resets)
            followed += filter(settings("Changes").matches, records)
        if followed:
            follow(followed)
        return followed

    stream.read()  # How the account and its key were made is none of these tests.
    return deliver
