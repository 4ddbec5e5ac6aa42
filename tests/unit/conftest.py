"""Fixtures of the tests that need neither engine nor network."""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, cast

import boto3
import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from moto import mock_aws

from provisioning.accounts import authentication, principals
from provisioning.aws import clients
from provisioning.paging import sizes
from tests.support.client import Client
from tests.support.memory import Memory
from tests.support.sizes import SMALL_SIZES
from tests.support.transport import Answer, Send, Wire, answered, install

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient


def known_key(*scopes: str, **attributes: Any) -> Answer:
    """Answer the look-up of any API key with one that has these scopes, and was just used."""
    item = {
        "accountId": {"S": "acme"},
        "keyId": {"S": "k1"},
        "scopes": {"L": [{"S": scope} for scope in scopes]},
        "usedAt": {"S": "9999"},
        **attributes,
    }

    def answer(request: AWSPreparedRequest, send: Send) -> AWSResponse:
        key = json.loads(cast("bytes", request.body))["Key"]
        return answered(Item=key | item)(request, send)

    return answer


@pytest.fixture
def wire(monkeypatch: pytest.MonkeyPatch, pauses: list[float]) -> Wire:
    """The wire to DynamoDB, on which every answer has to be scripted."""
    authentication._cache.clear()
    return install(Wire(), monkeypatch)


@pytest.fixture
def client(wire: Wire) -> Client:
    """A client whose key may do everything, and was looked up before the test."""
    wire.then(known_key(principals.MANAGE))
    authentication.authenticate("secret")
    wire.requests.clear()
    return Client("secret")


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch, pauses: list[float]) -> Memory:
    """A table in memory, which the code under test uses, and directories that are soon large.

    What makes the logger is named, not imported: this may be read before its environment is set.
    """
    monkeypatch.setattr(sizes, "current", SMALL_SIZES)
    monkeypatch.setattr("provisioning.paging.lifecycle.LOOK_ONE_IN", 4)
    monkeypatch.setattr("provisioning.paging.building.ITEMS_AT_ONCE", 16)
    monkeypatch.setattr("provisioning.paging.building.BUILD_SECONDS", 0)
    # Only the threads that a test knows can take turns.
    monkeypatch.setattr("provisioning.paging.recount.PARTITIONS_AT_ONCE", 1)
    monkeypatch.setattr("provisioning.paging.recount.RUNS_AT_ONCE", 1)
    made = Memory()
    monkeypatch.setattr(clients, "call", lambda _client, *call: made.call(*call))
    return made


@pytest.fixture(scope="session")
def moto_client() -> "DynamoDBClient":
    """A client that moto answers while it is switched on; making one takes longer than a test."""
    return boto3.client("dynamodb")


@pytest.fixture
def database(moto_client: "DynamoDBClient") -> Iterator["DynamoDBClient"]:
    """A client of moto's DynamoDB, which the code under test uses too.

    moto serves one thread at a time; concurrency and streams are tested with DynamoDB Local.
    """
    with mock_aws(config={"core": {"mock_credentials": False}}):
        yield moto_client
