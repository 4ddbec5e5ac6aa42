"""Clients that use sending strategies, and what their requests cost by AWS's rule."""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from provisioning.accounts import key_creation, restrictions
from provisioning.accounts.key_creation import NewKey
from provisioning.accounts.principals import READ, SENDING
from provisioning.accounts.restrictions import Pair
from provisioning.core.origins import COMMAND
from provisioning.table import items
from tests.support.client import ROOT, Client, Response

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.client import DynamoDBClient

STRATEGIES = "/provisioning/2/sending-strategies"
Settle = Callable[[], None]
"""Delivers all stream records until there are no more."""
UNIT_BYTES = 4096
"""Bytes that one read unit reads, consistently (AWS, "DynamoDB read and write operations")."""


def resolve(client: Client, to: str | list[str], platform: dict[str, str], **more: Any) -> Response:
    """Ask which sender a message leaves from."""
    body = {"channel": "SMS", "to": to, "platform": platform, **more}
    return client.call("POST", f"{ROOT}/senders/resolve", body=body)


def sender_of(answer: Response) -> str | None:
    """Return the id of the sender in an answer."""
    assert answer.status == 200, answer.text
    sender = answer.json["sender"]
    return sender["resourceId"] if sender else None


def create_strategy(client: Client, platform: dict[str, str], **members: Any) -> str:
    """Create a sending strategy; returns its id."""
    answer = client.call("POST", STRATEGIES, body={"platform": platform, **members})
    assert answer.status == 201, answer.text
    created: str = answer.json["sendingStrategyId"]
    return created


def restricted(*pairs: Pair, scopes: tuple[str, ...] = (READ, SENDING)) -> Client:
    """Return a client with a new API key that is restricted to applications and entities."""
    made = restrictions.simplified(pairs)
    return Client(key_creation.create("acme", NewKey(scopes, pairs=made), COMMAND)[1])


def of_the_rule(calls: Iterable[tuple[str, Mapping[str, Any]]]) -> list[tuple[str, Any]]:
    """Return calls without those that authenticate a request and admit it."""
    before = ("SECRET#", "#TOKENBUCKET", "#SETTINGS")
    return [call for call in calls if not any(one in str(call[1]) for one in before)]


def inbound(client: Client, resource_id: str, channel: str = "SMS", **more: Any) -> Any:
    """Ask whose an inbound message is."""
    body = {"channel": channel, "resourceId": resource_id, **more}
    answer = client.call("POST", f"{ROOT}/inbound/resolve", body=body)
    assert answer.status == 200, answer.text
    return answer.json


def read_units(database: "DynamoDBClient", calls: Iterable[tuple[str, Mapping[str, Any]]]) -> float:
    """Return what reads cost by AWS's rule, which DynamoDB Local does not keep for what is absent.

    Every key of a batch, and every other read, is rounded up by itself; half if eventually
    consistent.
    """
    return sum(_units(database, operation, parameters) for operation, parameters in calls)


def _units(database: "DynamoDBClient", operation: str, parameters: Mapping[str, Any]) -> float:
    match operation:
        case "GetItem":
            key = {"TableName": parameters["TableName"], "Key": parameters["Key"]}
            found = database.get_item(**key, ConsistentRead=True).get("Item")
            return _rounded(_size(found), consistent=parameters["ConsistentRead"])
        case "BatchGetItem":
            ((table, asked),) = parameters["RequestItems"].items()
            return sum(
                _rounded(
                    _size(database.get_item(TableName=table, Key=key).get("Item")),
                    consistent=asked["ConsistentRead"],
                )
                for key in asked["Keys"]
            )
        case "Query":
            found_items = database.query(**parameters)["Items"]
            return _rounded(sum(map(_size, found_items)), consistent=parameters["ConsistentRead"])
    return 0.0


def _rounded(size: int, *, consistent: bool) -> float:
    return max(1, math.ceil(size / UNIT_BYTES)) * (1.0 if consistent else 0.5)


def _size(item: Mapping[str, Any] | None) -> int:
    """Return about how many bytes an item has: its names and values as UTF-8."""
    return 0 if item is None else _value_size(items.decode(item))


def _value_size(value: Any) -> int:
    match value:
        case dict():
            return 3 + sum(len(name.encode()) + _value_size(one) for name, one in value.items())
        case list():
            return 3 + sum(1 + _value_size(one) for one in value)
        case str():
            return len(value.encode())
    return 21  # a number, at most; a boolean has 1
